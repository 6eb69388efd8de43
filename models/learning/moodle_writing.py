"""Questions written as Moodle XML. What Moodle reads over stands in an element of ours; what it cannot say is left out.

Pictures of our own storage go into the file itself, so that the other system has them.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape

from models.errors import Invalid
from models.learning.bank_row import NAMELESS, BankRow, Remark, title_of, unsayable
from models.learning.category_path import to_moodle
from models.learning.cloze import told_cloze
from models.learning.extras import NAME, extras_of, straightened
from models.learning.moodle_question import escaped_rights
from models.learning.moodle_text import EMBEDDED, told_fragment, told_text
from models.learning.question_content import PLACE
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat, plain
from models.learning.wildcard import to_wildcard
from models.learning.written_key import told_share

KINDS = {
    QuestionKind.SINGLE: "multichoice",
    QuestionKind.MULTIPLE: "multichoice",
    QuestionKind.JUDGE: "truefalse",
    QuestionKind.BLANK: "cloze",
    QuestionKind.NUMBER: "numerical",
    QuestionKind.ORDER: "ordering",
    QuestionKind.MATCH: "matching",
    QuestionKind.SHORT_TEXT: "essay",
}
_SOURCE = re.compile(r'(?<=src=")[^"]+(?=")')


def pictures_of(terms: QuestionTerms) -> set[str]:
    """The addresses of the pictures that stand inside its texts."""
    content = terms.content
    texts = [content.stem, terms.explanation or "", *(one.text for one in (*content.options, *content.choices))]
    return {found for one in texts for found in _SOURCE.findall(one)} if content.format is TextFormat.HTML else set()


def written_moodle(
    many: Iterable[QuestionTerms], pictures: Mapping[str, bytes] | None = None
) -> tuple[bytes, list[BankRow]]:
    """A Moodle XML file, and the rows that are not in it, each with its reason.

    `pictures` are those of our own storage, by address; others stay addresses.
    """
    elements: list[str] = []
    left_out: list[BankRow] = []
    category = UNSORTED
    for place, terms in enumerate(many, start=1):
        try:
            element = _Writer(terms, pictures or {}).element()
        except Invalid as refusal:
            left_out.append(BankRow(place, title_of(terms.content.stem), problem=Remark.of(refusal)))
            continue
        if terms.category != category:
            category = terms.category
            path = told_text(to_moodle(category))
            elements.append(f'<question type="category"><category>{path}</category></question>')
        elements.append(element)
    told = [_comment(f"未导出 {one.place}：{one.title}（{one.problem.zh}）") for one in left_out if one.problem]
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>", *told, *elements, "</quiz>", ""]
    ).encode(), left_out


class _Writer:
    """A question on its way to an element."""

    def __init__(self, terms: QuestionTerms, pictures: Mapping[str, bytes]) -> None:
        self.terms, self.arrangement = straightened(terms)
        self.content, self.key = self.terms.content, self.terms.key
        self.pictures = pictures

    def element(self) -> str:
        content = self.content
        kind, stem, further, inside = KINDS[content.kind], content.stem, dict[str, object](self.arrangement), ""
        if content.kind is QuestionKind.BLANK:
            is_plain = len(self.key.blanks) == 1 and not PLACE.search(stem)
            kind = "shortanswer" if is_plain else "cloze"
            further["below"] = not is_plain and not PLACE.search(stem)
            stem = stem if is_plain else told_cloze(stem, self.key.blanks)
            inside = self._short_answer() if is_plain else ""
        elif content.kind is QuestionKind.MATCH:
            words = [
                plain(one.text, content.format) if content.format is TextFormat.HTML else one.text
                for one in content.choices
            ]
            further["choiceTexts"] = escaped_rights(content.choices, content.format, words)
            inside = self._pairs(words)
        else:
            inside = _PARTS[content.kind](self)
        title = plain(content.stem, content.format)[:40] or NAMELESS
        hard_tags = [*self.terms.tags] if any(one != one.strip() for one in self.terms.tags) else []
        extras = extras_of(self.terms, tags=hard_tags, **further)
        tags = "".join(f"<tag>{told_text(one)}</tag>" for one in self.terms.tags)
        return "".join(
            [
                f'<question type="{kind}"><name>{told_text(title)}</name>',
                self._fragment("questiontext", stem),
                self._fragment("generalfeedback", self.terms.explanation or ""),
                "<defaultgrade>1</defaultgrade>",
                inside,
                f"<tags>{tags}</tags>" if tags else "",
                told_text(extras, NAME) if extras else "",
                "</question>",
            ]
        )

    def _fragment(self, name: str, text: str, inside: str = "", attributes: str = "") -> str:
        """A text, with the pictures in it that are ours as files beside it."""
        files: dict[str, str] = {}
        if self.content.format is TextFormat.HTML:
            for address in _SOURCE.findall(text):
                if address in self.pictures:
                    file = address.rsplit("/", 1)[-1]
                    text = text.replace(f'src="{address}"', f'src="{EMBEDDED}/{file}"')
                    content = base64.b64encode(self.pictures[address]).decode()
                    files[file] = f'<file name="{escape(file)}" path="/" encoding="base64">{content}</file>'
        told = told_fragment(name, text, self.content.format, "".join(files.values()) + inside)
        return told.replace(f"<{name} ", f"<{name} {attributes} ", 1) if attributes else told

    def _choice(self) -> str:
        is_single = self.content.kind is QuestionKind.SINGLE
        shares = self.key.shares
        answers = [
            self._fragment(
                "answer", one.text, attributes=f'fraction="{told_share(shares[one.id]) if one.id in shares else 0}"'
            )
            for one in self.content.options
        ]
        return "".join([f"<single>{str(is_single).lower()}</single><shuffleanswers>true</shuffleanswers>", *answers])

    def _judge(self) -> str:
        return "".join(
            f'<answer fraction="{100 if self.key.truth is truth else 0}"><text>{str(truth).lower()}</text></answer>'
            for truth in (True, False)
        )

    def _short_answer(self) -> str:
        cases = {one.is_case_sensitive for one in self.key.blanks[0]}
        if len(cases) > 1:
            raise unsayable("答案", "同一空的大小写要求不一致", "the texts of a blank differ in whether case counts")
        answers = [
            f'<answer fraction="{told_share(one.share)}">{told_text(to_wildcard(one))}</answer>'
            for one in self.key.blanks[0]
        ]
        return "".join([f"<usecase>{int(True in cases)}</usecase>", *answers])

    def _number(self) -> str:
        answers = [
            f'<answer fraction="{told_share(one.share)}">{told_text(one.value)}'
            f"{told_text(one.width, 'tolerance')}</answer>"
            for one in self.key.numbers
        ]
        unit = f"<unit><multiplier>1</multiplier>{told_text(self.content.unit or '', 'unit_name')}</unit>"
        return "".join([*answers, f"<units>{unit}</units>" if self.content.unit else ""])

    def _order(self) -> str:
        return "".join(
            self._fragment("answer", one.text, attributes=f'fraction="{place}"')
            for place, one in enumerate(self.content.options, start=1)
        )

    def _pairs(self, words: list[str]) -> str:
        """What belongs to nothing is the answer to an empty question."""
        if len(set(words)) < len(words) or not all(words) or not all(one.text for one in self.content.options):
            raise unsayable("右项", "配对项缺少文字或文字相同，无法表示", "pairs need words that differ")
        said = {one.id: word for one, word in zip(self.content.choices, words, strict=True)}

        def pair(text: str, right: str) -> str:
            return self._fragment("subquestion", text, f"<answer>{told_text(right)}</answer>")

        spare = [said[one.id] for one in self.content.choices if one.id not in self.key.pairs.values()]
        pairs = [pair(one.text, said[self.key.pairs[one.id]]) for one in self.content.options]
        return "".join(["<shuffleanswers>true</shuffleanswers>", *pairs, *(pair("", one) for one in spare)])

    def _essay(self) -> str:
        return f"<responseformat>editor</responseformat>{self._fragment('graderinfo', self.key.sample or '')}"


_PARTS = {
    QuestionKind.SINGLE: _Writer._choice,
    QuestionKind.MULTIPLE: _Writer._choice,
    QuestionKind.JUDGE: _Writer._judge,
    QuestionKind.NUMBER: _Writer._number,
    QuestionKind.ORDER: _Writer._order,
    QuestionKind.SHORT_TEXT: _Writer._essay,
}


def _comment(text: str) -> str:
    return f"<!-- {escape(text, quote=False).replace('--', '—')} -->"
