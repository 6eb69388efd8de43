"""Moodle's questions with gaps in the text, as far as every gap is filled by hand: `{1:SHORTANSWER:=one~%50%other}`.

They become questions of several blanks. Gaps that are chosen or counted are of other kinds, and a question of ours
is of one kind, so these are refused.
"""

import re
from decimal import Decimal
from html import escape, unescape

from models.learning.answer_key import AnswerKey
from models.learning.bank_row import Notes, unsayable
from models.learning.question_content import PLACE, Content
from models.learning.question_kind import QuestionKind
from models.learning.rich_text import TextFormat
from models.learning.wildcard import from_wildcard, to_wildcard
from models.learning.written_key import FULL, Accepted, told_share

GAP = re.compile(r"\{(\d{0,3}):([A-Z_]{1,20}):((?:\\.|[^\\{}])*)\}", re.DOTALL)
"""A gap; an opening brace ends it, so that gaps without end are not looked through again and again."""
_WRITTEN = {"SHORTANSWER": False, "SA": False, "MW": False, "SHORTANSWER_C": True, "SAC": True, "MWC": True}
_ALTERNATIVE = re.compile(r"(=|%(-?\d+(?:\.\d+)?)%)?(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\([}#~/\"])")


def read_cloze(stem: str, written_in: TextFormat, notes: Notes) -> tuple[Content, AnswerKey]:
    """A question of blanks. Raises `Invalid` for gaps of other kinds."""
    gaps = list(GAP.finditer(stem))
    if not gaps:
        raise unsayable("题干", "没有找到填空", "it has no gaps")
    if others := sorted({gap[2] for gap in gaps} - _WRITTEN.keys()):
        raise unsayable(
            "题型", f"完形填空含 {others[0]}，只支持 SHORTANSWER", f"a gap is {others[0]}, only SHORTANSWER is known"
        )
    if len({gap[1] or "1" for gap in gaps}) > 1:
        notes.add("答案", zh="各空权重不同，已按相同计", en="its gaps weigh differently, and alike from now on")
    for number, gap in enumerate(gaps, start=1):
        stem = stem.replace(gap[0], f"{{{{{number}}}}}", 1)
    blanks = tuple(_accepted(gap[3], _WRITTEN[gap[2]], notes) for gap in gaps)
    return Content(QuestionKind.BLANK, stem, written_in, blanks=len(gaps)), AnswerKey(blanks=blanks)


def told_cloze(stem: str, blanks: tuple[tuple[Accepted, ...], ...]) -> str:
    """A stem with its gaps where its places are, at the end where it has none."""
    if GAP.search(stem):
        raise unsayable("题干", "题干与完形填空的写法冲突", "its stem reads like a gap")
    gaps = [_told_gap(blank) for blank in blanks]
    if not PLACE.search(stem):
        return " ".join([stem, *gaps]).strip()
    return PLACE.sub(lambda place: gaps[int(place[1]) - 1], stem)


def without_gaps_below(stem: str) -> str:
    """The stem of a question whose gaps were put at its end for Moodle."""
    return re.sub(r"(?:(?:^| )\{\{\d+\}\})+$", "", stem)


def _accepted(text: str, is_case_sensitive: bool, notes: Notes) -> tuple[Accepted, ...]:
    found = []
    for part in re.split(r"(?<!\\)~", text):
        mark, weight, words = _ALTERNATIVE.fullmatch(part.strip()).groups()  # type: ignore[union-attr]
        answer, *feedback = re.split(r"(?<!\\)#", words)
        if any(one.strip() for one in feedback):
            notes.add("解析", zh="填空答案的反馈未导入", en="what was said about its answers stays behind")
        share = FULL if mark == "=" else Decimal(weight or 0)
        if share > 0:
            wanted = unescape(_ESCAPE.sub(r"\1", answer)).strip()
            found.append(Accepted(*from_wildcard(wanted), is_case_sensitive, share))
    return tuple(found)


def _told_gap(blank: tuple[Accepted, ...]) -> str:
    cases = {one.is_case_sensitive for one in blank}
    if len(cases) > 1:
        raise unsayable("答案", "同一空的大小写要求不一致", "the texts of a blank differ in whether case counts")
    name = "SHORTANSWER_C" if cases == {True} else "SHORTANSWER"
    return f"{{1:{name}:{'~'.join(_told(one) for one in blank)}}}"


def _told(one: Accepted) -> str:
    text = to_wildcard(one)
    if set('\n/"{') & set(text) or "\\" in text.replace("\\*", ""):
        raise unsayable("答案", "答案含完形填空无法表示的字符", "a gap cannot hold such characters")
    mark = "=" if one.share == FULL else f"%{told_share(one.share)}%"
    return mark + re.sub(r"([}#~])", r"\\\1", escape(text, quote=False))
