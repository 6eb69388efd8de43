"""How the parts of a question stand in the cells of a sheet, written and read.

An accepted answer may begin with marks in brackets: `[包含]`, `[正则]`, `[区分大小写]`, `[50%]`. Several that are
accepted for the same blank stand with `|` between; blanks stand on lines of their own. `\\` before `|`, `[` and itself
takes them letter by letter, and `\\n` is a line that ends.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from models.errors import Invalid
from models.learning.answer_key import Criterion, right_options
from models.learning.bank_row import unsayable
from models.learning.question_content import Medium, MediumKind
from models.learning.written_key import FULL, Accepted, AcceptedNumber, Matching, told_share

TRUE_WORDS = frozenset({"对", "正确", "是", "√", "✓", "t", "true", "yes", "y", "1", "a"})
FALSE_WORDS = frozenset({"错", "错误", "否", "×", "✗", "x", "f", "false", "no", "n", "0", "b"})
_MARK = re.compile(r"\[([^\]\[|]{1,12})\]")
_SHARE = re.compile(r"-?\d{1,3}(?:\.\d{1,5})?%")
_SPLIT = re.compile(r"[;；\n]+")
_LETTER = re.compile(r"[A-Z]\d?")
_RANGE = re.compile(r"(.+?)(?:±|\+/-|\+-)(.+)")
_WORD_OF = {Matching.CONTAINS: "包含", Matching.REGEX: "正则"}
_MATCHING = {word: matching for matching, word in _WORD_OF.items()}
_CASE = "区分大小写"


def letter(place: int) -> str:
    """A, B … Z, then A1, B1 …"""
    turn, number = divmod(place, 26)
    return f"{chr(65 + number)}{turn or ''}"


def told_shares(shares: Mapping[str, Decimal], ids: Sequence[str]) -> str:
    """`ABE` where all that are right are worth the same, else `A=50%; C=-25%`."""
    names = {one: letter(place) for place, one in enumerate(ids)}
    if dict(shares) == right_options(*(one for one in ids if one in shares)):
        return ",".join(names[one] for one in ids if one in shares)
    return "; ".join(f"{names[one]}={told_share(shares[one])}%" for one in ids if one in shares)


def read_shares(text: str, ids: Sequence[str]) -> dict[str, Decimal]:
    """What options are worth; letters without shares are worth the same."""
    names = {letter(place): one for place, one in enumerate(ids)}
    if "=" not in text:
        return right_options(*dict.fromkeys(_named(one, names) for one in letters(text)))
    found: dict[str, Decimal] = {}
    for part in filter(None, (one.strip() for one in _SPLIT.split(text))):
        name, _, share = part.partition("=")
        found[_named(name.strip().upper(), names)] = read_share(share.strip())
    return found


def letters(text: str) -> list[str]:
    """The letters of `BDCA`, `B,D,C,A` or `B→D→C→A`."""
    return _LETTER.findall(re.sub(r"[^A-Z0-9]", "", text.upper()))


def read_share(text: str) -> Decimal:
    try:
        return Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise Invalid("答案", zh=f"“{text[:20]}”不是百分比", en="a share is written as 50%") from None


def told_blanks(blanks: Sequence[Sequence[Accepted]]) -> str:
    return "\n".join(" | ".join(_told_accepted(one) for one in blank) for blank in blanks)


def read_blanks(text: str) -> tuple[tuple[Accepted, ...], ...]:
    lines = [line for line in text.split("\n") if line.strip()]
    return tuple(tuple(_accepted(one) for one in split_unescaped(line, "|") if one.strip()) for line in lines)


def told_numbers(numbers: Sequence[AcceptedNumber]) -> str:
    return "\n".join(_told_number(one) for one in numbers)


def read_numbers(text: str) -> tuple[AcceptedNumber, ...]:
    return tuple(_accepted_number(one.strip()) for one in text.split("\n") if one.strip())


def told_pairs(pairs: Mapping[str, str], left: Sequence[str], right: Sequence[str]) -> str:
    return "; ".join(f"{letter(place)}-{right.index(pairs[one]) + 1}" for place, one in enumerate(left))


def read_pairs(text: str, left: Sequence[str], right: Sequence[str]) -> dict[str, str]:
    names = {letter(place): one for place, one in enumerate(left)}
    found: dict[str, str] = {}
    for name, number in re.findall(r"([A-Za-z]\d?)\s*[-—=→:：]+>?\s*(\d{1,2})", text):
        if not 1 <= int(number) <= len(right):
            raise Invalid("答案", zh=f"没有右项 {number}", en=f"there is no right side {number}")
        found[_named(name.upper(), names)] = right[int(number) - 1]
    return found


def told_rubric(rubric: Sequence[Criterion]) -> str:
    return "\n".join(f"{told_share(one.share)}% {escaped(one.text)}" for one in rubric)


def read_rubric(text: str) -> tuple[Criterion, ...]:
    found = []
    for line in filter(None, (one.strip() for one in text.split("\n"))):
        share, _, words = line.partition("%")
        found.append(Criterion(unescaped(words.strip()), read_share(share)))
    return tuple(found)


def told_media(media: Sequence[Medium]) -> str:
    """One a line: an address, and for a sound or a film its kind before it, with a word about it behind."""
    return "\n".join(
        " ".join(
            filter(
                None,
                (
                    "" if one.kind is MediumKind.IMAGE else f"[{one.kind.value}]",
                    one.url,
                    escaped(one.text or ""),
                ),
            )
        )
        for one in media
    )


def read_media(text: str) -> tuple[Medium, ...]:
    found = []
    for line in filter(None, (one.strip() for one in text.split("\n"))):
        kind, rest = MediumKind.IMAGE, line
        for one in MediumKind:
            if rest.startswith(f"[{one.value}]"):
                kind, rest = one, rest.removeprefix(f"[{one.value}]").strip()
        url, _, words = rest.partition(" ")
        found.append(Medium(url, kind, unescaped(words.strip()) or None))
    return tuple(found)


def read_truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise Invalid("答案", zh="判断题答案应为“对”或“错”", en="write 对 or 错")
    return word in TRUE_WORDS


def split_unescaped(text: str, mark: str) -> list[str]:
    """The parts between a mark that no backslash stands before."""
    parts, place = [""], 0
    while place < len(text):
        if text[place] == "\\" and place + 1 < len(text):
            parts[-1] += text[place : place + 2]
            place += 2
            continue
        if text[place] == mark:
            parts.append("")
        else:
            parts[-1] += text[place]
        place += 1
    return parts


def escaped(text: str) -> str:
    kept = text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n")
    return f"\\{kept}" if kept.startswith("[") else kept


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text, flags=re.DOTALL)


def _told_accepted(one: Accepted) -> str:
    marks = [
        *([_WORD_OF[one.matching]] if one.matching in _WORD_OF else []),
        *([_CASE] if one.is_case_sensitive else []),
        *([f"{told_share(one.share)}%"] if one.share != FULL else []),
    ]
    return "".join(f"[{mark}]" for mark in marks) + escaped(one.text)


def _accepted(text: str) -> Accepted:
    matching, is_case_sensitive, share, rest = Matching.EXACT, False, FULL, text.strip()
    while found := _MARK.match(rest):
        if found[1] in _MATCHING:
            matching = _MATCHING[found[1]]
        elif found[1] == _CASE:
            is_case_sensitive = True
        elif _SHARE.fullmatch(found[1]):
            share = read_share(found[1])
        else:
            break
        rest = rest[found.end() :]
    return Accepted(unescaped(rest).strip(), matching, is_case_sensitive, share)


def _told_number(one: AcceptedNumber) -> str:
    share = "" if one.share == FULL else f"[{told_share(one.share)}%]"
    tolerance = "" if one.tolerance == "0" else f"±{one.tolerance}{'%' if one.is_percent else ''}"
    return f"{share}{one.value}{tolerance}"


def _accepted_number(text: str) -> AcceptedNumber:
    share, rest = FULL, text
    if (found := _MARK.match(rest)) and _SHARE.fullmatch(found[1]):
        share, rest = read_share(found[1]), rest[found.end() :]
    parts = _RANGE.fullmatch(rest)
    value, tolerance = (parts[1], parts[2].strip()) if parts else (rest, "0")
    is_percent = tolerance.endswith(("%", "％"))
    return AcceptedNumber(value.strip(), tolerance.rstrip("%％").strip(), is_percent, share)


def _named(name: str, names: Mapping[str, str]) -> str:
    if name not in names:
        raise unsayable("答案", f"没有选项 {name[:5]}", f"there is no option {name[:5]}")
    return names[name]
