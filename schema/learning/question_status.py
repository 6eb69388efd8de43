"""Whether a question is used, in the contract; here the enum is published for all who name it."""

from models.learning.question import QuestionStatus
from models.learning.question_kind import QuestionKind
from schema.enums import publish
from schema.learning.question_content import QuestionContent

__all__ = ["QuestionContent", "QuestionKind", "QuestionStatus"]

publish(
    QuestionStatus,
    "Whether a question is used.",
    draft="It is being written.",
    active="It can be asked.",
    archived="It is not asked any more.",
)
