"""The columns of a sheet of questions, and the words that stand in them."""

import re

from models.learning.question_kind import QuestionKind
from models.learning.rich_text import TextFormat
from models.learning.sheet_cell import letter

KIND, STEM, ANSWER, EXPLANATION, RUBRIC = "题型", "题干", "答案", "解析", "评分标准"
CATEGORY, TAGS, DIFFICULTY, SOURCE = "分类", "标签", "难度", "来源"
UNIT, FORMAT, MEDIA, OPTION_MEDIA = "单位", "格式", "题干媒体", "选项媒体"
OPTION, CHOICE = "选项", "右项"
FRONT = (KIND, STEM)
BACK = (
    *(ANSWER, EXPLANATION, CATEGORY, TAGS, DIFFICULTY, SOURCE),
    *(UNIT, RUBRIC, FORMAT, MEDIA, OPTION_MEDIA),
)

KIND_WORDS = {
    QuestionKind.SINGLE: ("单选题", "单选", "单项选择题", "single"),
    QuestionKind.MULTIPLE: ("多选题", "多选", "多项选择题", "不定项选择题", "multiple"),
    QuestionKind.JUDGE: ("判断题", "判断", "是非题", "judge"),
    QuestionKind.BLANK: ("填空题", "填空", "blank"),
    QuestionKind.NUMBER: ("数值题", "数值", "计算题", "number"),
    QuestionKind.ORDER: ("排序题", "排序", "order"),
    QuestionKind.MATCH: ("配对题", "配对", "连线题", "匹配题", "match"),
    QuestionKind.SHORT_TEXT: ("简答题", "简答", "问答题", "论述题", "short_text"),
}
"""What a kind may be called; the first is what it is called in a sheet of ours."""
KIND_OF = {word: kind for kind, words in KIND_WORDS.items() for word in words}
FORMAT_WORDS = {TextFormat.PLAIN: "纯文本", TextFormat.MARKDOWN: "Markdown", TextFormat.HTML: "HTML"}
FORMAT_OF = {word.lower(): one for one, word in FORMAT_WORDS.items()} | {one.value: one for one in TextFormat}
DIFFICULTY_OF = {"易": 1, "容易": 1, "简单": 1, "较易": 2, "中": 3, "中等": 3, "较难": 4, "难": 5, "困难": 5}
_OPTION = re.compile(rf"{OPTION}\s*([A-Z]\d?)")
_CHOICE = re.compile(rf"{CHOICE}\s*(\d{{1,2}})")


def headings(options: int, choices: int) -> list[str]:
    """The headings of a sheet with so many columns for options and right sides."""
    return [
        *FRONT,
        *(f"{OPTION}{letter(place)}" for place in range(options)),
        *(f"{CHOICE}{place + 1}" for place in range(choices)),
        *BACK,
    ]


def heading_of(cell: str) -> str | None:
    """The heading that a cell of the first row is, with spaces and small letters forgiven."""
    text = re.sub(r"[\s*（(].*$", "", cell.strip()) if cell.strip()[:2] not in (OPTION, CHOICE) else cell.strip()
    if text in (*FRONT, *BACK):
        return text
    for pattern, name in ((_OPTION, OPTION), (_CHOICE, CHOICE)):
        if found := pattern.fullmatch(text.upper()):
            return f"{name}{found[1]}"
    return None
