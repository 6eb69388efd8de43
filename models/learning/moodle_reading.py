"""Questions read from Moodle XML. A file may not bring a document type or entities, which can be bombs.

Kinds that the bank does not have are refused with the row, never guessed at.
"""

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from models.learning.bank_row import (
    ROWS_MOST,
    BankRow,
    Gallery,
    Notes,
    joined,
    judged,
    remarked,
    source_of,
    unreadable,
    unsayable,
)
from models.learning.category_path import from_moodle
from models.learning.extras import NAME, read_extras, with_extras
from models.learning.moodle_question import READERS, Reading
from models.learning.moodle_text import Element, format_of, fragment, text_of
from models.learning.question_terms import TAG_ENDS, UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat, as_html, plain

UNKNOWN = {
    "description": ("这是一段说明而不是题目", "it is a note and no question"),
    "calculated": ("计算题（公式）暂不支持", "questions of formulas are not known here"),
    "calculatedsimple": ("计算题（公式）暂不支持", "questions of formulas are not known here"),
    "calculatedmulti": ("计算题（公式）暂不支持", "questions of formulas are not known here"),
    "randomsamatch": ("随机配对题暂不支持", "random pairs are not known here"),
    "ddwtos": ("拖放填词题暂不支持", "words to drag into a text are not known here"),
    "gapselect": ("选词填空题暂不支持", "words to choose in a text are not known here"),
    "ddimageortext": ("拖放到图片题暂不支持", "things to drag onto a picture are not known here"),
    "ddmarker": ("图片标记题暂不支持", "marks to drag onto a picture are not known here"),
}
"""Why kinds of Moodle's do not come in; others are named as they are called."""


def read_moodle(content: bytes, gallery: Gallery) -> Iterator[BankRow]:
    """The rows of a Moodle XML file. Raises `Invalid` for one that is none, or that may mean harm."""
    category, count = UNSORTED, 0
    for element in _questions(content):
        kind = str(element.get("type"))
        if kind == "category":
            category = from_moodle(text_of(element, "category/text"))
            continue
        count += 1
        if count > ROWS_MOST:
            raise unreadable(f"最多 {ROWS_MOST} 题", f"it has more than {ROWS_MOST} questions")
        title = text_of(element, "name/text") or text_of(element, "questiontext/text")
        yield judged(count, title, partial(_terms, element, kind, category, gallery))


def _questions(content: bytes) -> Iterator[Element]:
    """The questions one by one, each forgotten behind the next."""
    try:
        root = None
        for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
            if root is None:
                root = element
                if root.tag != "quiz":
                    raise unreadable("根元素应为 quiz", "its outer element must be quiz")
            if event == "end" and element.tag == "question":
                yield element
                root.clear()
    except DefusedXmlException as error:
        raise unreadable("不允许文档类型或实体声明", "it declares a document type or entities") from error
    except (ParseError, LookupError, ValueError) as error:
        raise unreadable("不是有效的 XML", "it is no valid XML") from error


def _terms(element: Element, kind: str, category: str, gallery: Gallery, notes: Notes) -> QuestionTerms:
    reader = READERS.get(kind)
    if reader is None:
        zh, en = UNKNOWN.get(kind, (f"题型 {kind[:30]} 暂不支持", f"the kind {kind[:30]} is not known here"))
        raise unsayable("题型", zh, en)
    stem, written_in = _stem(element, kind, gallery, notes)
    extras = read_extras(text_of(element, NAME))
    content, key = reader(Reading(element, stem, written_in, gallery, notes, extras))
    said = fragment(element.find("generalfeedback"), gallery, notes)
    told = [said, *((one, TextFormat.PLAIN) for one in remarked(_remarks(element, gallery, notes), notes))]
    is_html = content.format is TextFormat.HTML
    terms = QuestionTerms(
        content=content,
        key=key,
        category=category,
        explanation=joined([as_html(*one) if is_html else one[0] for one in told], content.format),
        tags=tuple(part for one in element.findall("tags/tag") for part in TAG_ENDS.split(text_of(one))),
        source=source_of(text_of(element, "name/text"), plain(content.stem, content.format)),
    )
    return with_extras(terms, extras)


def _stem(element: Element, kind: str, gallery: Gallery, notes: Notes) -> tuple[str, TextFormat]:
    """The stem; as HTML where any text of the question is, since all of them are of one format here."""
    stem, written_in = fragment(element.find("questiontext"), gallery, notes)
    others = [element.find("generalfeedback"), element.find("graderinfo"), *element.findall("subquestion")]
    if kind in ("multichoice", "ordering"):
        others += element.findall("answer")
    if TextFormat.HTML not in {format_of(one) for one in others if text_of(one)}:
        return stem, written_in
    if written_in is TextFormat.MARKDOWN:
        raise unsayable("格式", "题干与选项的格式不一致", "Markdown is mixed with other formats")
    return as_html(stem, written_in), TextFormat.HTML


def _remarks(element: Element, gallery: Gallery, notes: Notes) -> list[tuple[str, str]]:
    """What is said about single answers."""
    found = []
    for one in element.findall("answer"):
        text, written_in = fragment(one.find("feedback"), gallery, notes)
        if text:
            answer = plain(text_of(one), TextFormat.HTML)
            found.append((answer, plain(text, written_in)))
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint"):
        if any(text_of(one) for one in element.findall(name)):
            notes.add("解析", zh="整体反馈与提示未导入", en="feedback on the whole and hints stay behind")
    return found
