"""Questions written as GIFT. What Moodle reads over stands in comments; what GIFT cannot say is left out and told."""

from collections.abc import Iterable

from models.errors import Invalid
from models.learning.bank_row import BankRow, Remark, title_of, unsayable
from models.learning.category_path import to_moodle
from models.learning.extras import NAME, extras_of, straightened
from models.learning.gift_text import escaped, plainly, told_format
from models.learning.question_content import PLACE
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat, as_html, plain
from models.learning.wildcard import to_wildcard
from models.learning.written_key import FULL, AcceptedNumber, told_share


def written_gift(many: Iterable[QuestionTerms]) -> tuple[bytes, list[BankRow]]:
    """A GIFT file, and the rows that are not in it, each with its reason."""
    paragraphs: list[str] = []
    left_out: list[BankRow] = []
    category = UNSORTED
    for place, terms in enumerate(many, start=1):
        try:
            paragraph = _paragraph(terms)
        except Invalid as refusal:
            left_out.append(BankRow(place, title_of(terms.content.stem), problem=Remark.of(refusal)))
            continue
        if terms.category != category:
            category = terms.category
            paragraphs.append(f"$CATEGORY: {to_moodle(category)}")
        paragraphs.append(paragraph)
    told = [f"// 未导出 {one.place}：{one.title}（{one.problem.zh}）" for one in left_out if one.problem]
    return "\n\n".join(["\n".join(["// 题库导出", *told]), *paragraphs, ""]).encode(), left_out


def _paragraph(terms: QuestionTerms) -> str:
    terms, arrangement = straightened(terms)
    content = terms.content
    hard_tags = [*terms.tags] if any(set("]\\") & set(one) for one in terms.tags) else []
    extras = extras_of(
        terms, unit=content.unit, sample=terms.key.sample, case=_case(terms), tags=hard_tags, **arrangement
    )
    tags = " ".join(f"[tag:{one}]" for one in terms.tags)
    comments = [
        *([f"// {tags}"] if tags and not hard_tags else []),
        *([f"// [{NAME}:{extras}]"] if extras else []),
    ]
    title = escaped(plain(content.stem, content.format)[:40]).replace("::", "").strip()
    feedback = f"####{plainly(terms.explanation, content.format)}" if terms.explanation else ""
    answer = _answer(terms)
    stem, behind = _stem(terms)
    name = f"::{title}::" if title else ""
    return "\n".join([*comments, f"{name}{stem}{{{answer}{feedback}}}{behind}"])


def _stem(terms: QuestionTerms) -> tuple[str, str]:
    """What stands before the braces and behind them."""
    content = terms.content
    places = PLACE.findall(content.stem)
    if not places:
        return told_format(content.stem, content.format), ""
    before, behind = PLACE.split(content.stem)[::2]
    if not behind.strip():
        raise unsayable("题干", "GIFT 无法表示位于末尾的空位", "GIFT cannot say that a blank stands at the end")
    if before[-1:].isspace() and (before[-1:] != " " or before[-2:].isspace()):
        raise unsayable("题干", "空位前后的空白无法表示", "GIFT cannot say the space around the blank")
    return told_format(before, content.format), escaped(behind)


def _answer(terms: QuestionTerms) -> str:
    content, key = terms.content, terms.key
    match content.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return "".join(_options(terms))
        case QuestionKind.JUDGE:
            return "TRUE" if key.truth else "FALSE"
        case QuestionKind.BLANK:
            return _blank(terms)
        case QuestionKind.NUMBER:
            return "#" + "".join(_number(one) for one in key.numbers)
        case QuestionKind.ORDER:
            return _order(terms)
        case QuestionKind.MATCH:
            return _pairs(terms)
        case QuestionKind.SHORT_TEXT:
            return ""


def _options(terms: QuestionTerms) -> list[str]:
    content, shares = terms.content, terms.key.shares
    found = []
    for one in content.options:
        share = shares.get(one.id)
        if share == FULL and content.kind is QuestionKind.SINGLE:
            mark = "="
        else:
            mark = f"~%{told_share(share)}%" if share else "~"
        text = plainly(one.text, content.format)
        if not text:
            raise unsayable("选项", "GIFT 无法表示没有文字的选项", "GIFT cannot say an option without words")
        if text.startswith("%") and mark == "~":
            mark = "~%0%"
        found.append(f"\n{mark}{text}")
    return [*found, "\n"]


def _blank(terms: QuestionTerms) -> str:
    if len(terms.key.blanks) > 1:
        raise unsayable("题型", "GIFT 无法表示多个空", "GIFT has one blank in a question")
    found = []
    for one in terms.key.blanks[0]:
        text = escaped(to_wildcard(one))
        if "->" in text:
            raise unsayable("答案", "GIFT 中 -> 表示配对", "in GIFT -> stands for a pair")
        found.append(f"\n=%{told_share(one.share)}%{text}")
    return "".join([*found, "\n"])


def _number(one: AcceptedNumber) -> str:
    """A tolerance in percent as the number that it comes to; our own reader is told of the percent besides."""
    return f"\n=%{told_share(one.share)}%{one.value}:{one.width}"


def _pairs(terms: QuestionTerms) -> str:
    content, key = terms.content, terms.key
    choices = {one.id: one for one in content.choices}
    lines = []
    for one in content.options:
        if "->" in one.text or not one.text:
            raise unsayable("选项", "GIFT 无法表示含 -> 或没有文字的左项", "GIFT cannot say such a left side")
        right = _choice(choices[key.pairs[one.id]].text, content.format)
        lines.append(f"\n={plainly(one.text, content.format)} -> {right}")
    spare = [one for one in content.choices if one.id not in key.pairs.values()]
    return "".join([*lines, *(f"\n= -> {_choice(one.text, content.format)}" for one in spare), "\n"])


def _order(terms: QuestionTerms) -> str:
    content = terms.content
    if not all(one.text for one in content.options):
        raise unsayable("选项", "GIFT 无法表示没有文字的选项", "GIFT cannot say an option without words")
    lines = [told_format(one.text, content.format) for one in content.options]
    return "\n".join([">ALL VERTICAL RELATIVE_NEXT_EXCLUDE_LAST SHOW", *lines, ""])


def _choice(text: str, format: TextFormat) -> str:
    """A right side, which is plain text in Moodle."""
    bare = text if format is not TextFormat.HTML else plain(text, format)
    if not bare or (format is TextFormat.HTML and as_html(bare, TextFormat.PLAIN) != text):
        raise unsayable("右项", "右项含格式或没有文字，GIFT 无法表示", "GIFT has plain words on the right side")
    return escaped(bare)


def _case(terms: QuestionTerms) -> bool:
    """GIFT has nothing for it: it is carried for our own reader where all texts of the blank are alike."""
    cases = {one.is_case_sensitive for blank in terms.key.blanks for one in blank}
    if len(cases) > 1:
        raise unsayable("答案", "同一空的大小写要求不一致", "the texts of a blank differ in whether case counts")
    return cases == {True}
