"""Any question that the bank can hold, for properties: words of many scripts, with all that files use as marks."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import assume
from hypothesis import strategies as st

from models.errors import Invalid
from models.learning.answer_key import AnswerKey, Criterion, right_options
from models.learning.question_content import Content, Medium, MediumKind, Option, option_id
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat
from models.learning.written_key import Accepted, AcceptedNumber, Matching
from tests.learning.questions import Pair

LETTERS = "茶酒车画股行球，。？“”（）·AaZz019 \n\t\\{}[]()=~#:%|/<>&;$_*.-+@'\"!^?→😀é\u3000"
texts = st.text(alphabet=LETTERS, min_size=1, max_size=24)
wild = st.one_of(texts, st.text(max_size=16))
lines = st.text(alphabet="茶酒车Aa09 []{}=|\\-:#~", max_size=12)
markup = st.lists(
    st.sampled_from(["<p>龙井</p>", "<b>红</b>", "茶 &amp; 酒", "<br>", '<img src="/files/a.png">', "a &lt; b"]),
    min_size=1,
    max_size=4,
).map("".join)
shares = st.sampled_from([Decimal(one) for one in ("50", "33.33333", "25", "12.5", "-25", "-50", "-100")])
media = st.builds(
    Medium,
    st.sampled_from(["https://img.example.com/杯.jpg", "/files/questions/0a.png"]),
    st.sampled_from(MediumKind),
    st.one_of(st.none(), lines),
)


@st.composite
def any_terms(draw: st.DrawFn, *, kinds: tuple[QuestionKind, ...] = tuple(QuestionKind)) -> QuestionTerms:
    """A question as the bank keeps it."""
    kind, written_in = draw(st.sampled_from(kinds)), draw(st.sampled_from(TextFormat))
    words = st.one_of(wild, markup) if written_in is not TextFormat.PLAIN else wild
    content, key = draw(_PARTS[kind](kind, written_in, words))
    if draw(st.booleans()):
        content = replace(content, media=tuple(draw(st.lists(media, max_size=2))))
    try:
        return (
            QuestionTerms(
                content,
                key,
                category=draw(st.one_of(st.just(UNSORTED), lines.map(lambda one: f"酒茶/{one}"))),
                explanation=draw(st.one_of(st.none(), words)),
                tags=tuple(draw(st.lists(lines, max_size=3))),
                difficulty=draw(st.integers(1, 5)),
                source=draw(st.one_of(st.none(), lines)),
            )
            .checked()
            .renamed()
        )
    except Invalid:
        assume(False)
        raise


@st.composite
def _chosen(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    options = _options(draw, words)
    names = [one.id for one in options]
    most = 1 if kind is QuestionKind.SINGLE else 4
    right = draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))
    given = right_options(*right)
    for one in names:
        if one not in given and draw(st.integers(0, 3)) == 0:
            share = draw(shares)
            given[one] = share if kind is QuestionKind.SINGLE else -abs(share)
    return Content(kind, draw(words), written_in, options=options), AnswerKey(shares=given)


@st.composite
def _judged(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    return Content(kind, draw(words), written_in), AnswerKey(truth=draw(st.booleans()))


@st.composite
def _blank(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    count = draw(st.integers(1, 3))
    case = draw(st.booleans())
    half = st.builds(Accepted, texts, st.just(Matching.EXACT), st.just(case), st.just(Decimal(50)))
    blanks = tuple(
        (
            Accepted(draw(texts), draw(st.sampled_from(Matching)), case),
            *draw(st.lists(half, max_size=2)),
        )
        for _ in range(count)
    )
    stem = draw(words)
    if draw(st.booleans()):
        stem += "".join(f"{{{{{place}}}}}{draw(words)}" for place in range(1, count + 1))
    return Content(kind, stem, written_in, blanks=count), AnswerKey(blanks=blanks)


@st.composite
def _number(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    value = st.decimals(-10_000, 10_000, places=3, allow_nan=False).map(lambda one: f"{one:f}")
    first = AcceptedNumber(draw(value), draw(st.sampled_from(["0", "0.5", "10"])), draw(st.booleans()))
    half = st.builds(AcceptedNumber, value, st.just("1"), st.booleans(), st.just(Decimal(50)))
    rest = draw(st.lists(half, max_size=2))
    unit = draw(st.sampled_from([None, "公里", "%", "m/s"]))
    return Content(kind, draw(words), written_in, unit=unit), AnswerKey(numbers=(first, *rest))


@st.composite
def _order(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    options = _options(draw, words)
    order = tuple(draw(st.permutations([one.id for one in options])))
    return Content(kind, draw(words), written_in, options=options), AnswerKey(order=order)


@st.composite
def _match(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    options, choices = _options(draw, words), _options(draw, words, has_media=False)
    pairs = {one.id: draw(st.sampled_from([other.id for other in choices])) for one in options}
    return Content(kind, draw(words), written_in, options=options, choices=choices), AnswerKey(pairs=pairs)


@st.composite
def _short(draw: st.DrawFn, kind: QuestionKind, written_in: TextFormat, words: st.SearchStrategy[str]) -> Pair:
    rubric = [Criterion(draw(texts), Decimal(60)), Criterion(draw(texts), Decimal(40))] if draw(st.booleans()) else []
    key = AnswerKey(rubric=tuple(rubric), sample=draw(st.one_of(st.none(), words)))
    return Content(kind, draw(words), written_in), key


def _options(draw: st.DrawFn, words: st.SearchStrategy[str], *, has_media: bool = True) -> tuple[Option, ...]:
    said = draw(st.lists(words, min_size=2, max_size=5, unique=True))
    beside = [draw(st.lists(media, max_size=1)) if has_media and draw(st.integers(0, 4)) == 0 else [] for _ in said]
    return tuple(Option(option_id(place), one, tuple(beside[place])) for place, one in enumerate(said))


_PARTS: dict[QuestionKind, Callable[..., st.SearchStrategy[Pair]]] = {
    QuestionKind.SINGLE: _chosen,
    QuestionKind.MULTIPLE: _chosen,
    QuestionKind.JUDGE: _judged,
    QuestionKind.BLANK: _blank,
    QuestionKind.NUMBER: _number,
    QuestionKind.ORDER: _order,
    QuestionKind.MATCH: _match,
    QuestionKind.SHORT_TEXT: _short,
}
