"""A regrade: staff corrected the key of a question, and the attempts at a quiz are marked by it.

Its row is written first; from then on whatever is handed in goes by the new key, and what was handed in before is
worked off attempt by attempt, each once: a row keeps how the attempt stood before and after. The attempt still names
the version that its member saw. What a better score earns is paid; what a worse one has earned is taken back only where
staff say so, and only as far as the member still has it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.learning.asked import Asked
from models.learning.attempt_change import AttemptChange
from models.learning.grading import mark_by_key
from models.learning.question import Question
from models.learning.question_standing import QuestionStanding
from models.learning.question_version import QuestionVersion
from models.learning.quiz import Quiz
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import HANDED_IN, QuizAttempt
from models.members.member import Member, MemberErased
from models.one_by_one import OneByOne
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction, violates

AT_ONCE = 100
SETTLED_AFTER = timedelta(minutes=1)
"""How long after its row a regrade looks again for what was handed in meanwhile: no request takes that long."""


class RegradeDoesNotFit(DomainError):
    code = "REGRADE_DOES_NOT_FIT"
    zh = "题目的选项或空位已改变，不能按新答案重新评分"
    en = "The question asks something else by now, so its new key does not fit the old answers."
    field = "questionId"


class QuizRegrade(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    question_id: UUID = fields.UUIDField()
    question_version_id: UUID = fields.UUIDField(description="By whose key it is marked from now on.")
    takes_back = fields.BooleanField(default=False)
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    changed = fields.IntField(default=0, description="How many attempts came to another score.")
    created_at: datetime = fields.DatetimeField()
    done_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "quiz_regrade"
        constraints = (UniqueConstraint(fields=("quiz_id", "question_version_id"), name="quiz_regrade_once"),)
        indexes = (Index(fields=("done_at", "created_at"), name="quiz_regrade_by_age"),)

    @classmethod
    async def record(
        cls, quiz_id: UUID, question_id: UUID, *, reason: str, staff_id: UUID, at: datetime, takes_back: bool = False
    ) -> Self:
        """Mark the answers to a question by the key that holds now, and work off what can be at once.

        To ask for it again gives the same regrade. Raises `RegradeDoesNotFit`, `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
        quiz = await Quiz.existing(quiz_id, field="quizId")
        question = await Question.existing(question_id, field="questionId")
        version = await QuestionVersion.get(question_id=question.id, version=question.version)
        await _demand_fit(quiz.id, question.id, version)
        made = cls(quiz_id=quiz.id, question_id=question.id, question_version_id=version.id, created_at=at)
        made.update_from_dict({"takes_back": takes_back, "reason": why, "staff_id": staff_id})
        try:
            async with transaction():
                await made.save(force_create=True)
                after = {"quiz_id": quiz.id, "version": version.version, "takes_back": takes_back}
                await AuditRow.write(
                    staff_id=staff_id, action="regrade_quiz", subject=made, before=None, after=after, reason=why, at=at
                )
        except IntegrityError as error:
            if not violates(error, cls, "quiz_regrade_once"):
                raise
            made = await cls.get(quiz_id=quiz.id, question_version_id=version.id)
        await made.work_off(at=at, most=AT_ONCE)
        return await cls.get(id=made.id)

    @classmethod
    async def keys_of(cls, quiz_id: UUID) -> Mapping[UUID, UUID]:
        """The versions whose keys hold in a quiz instead of those that were seen, by question: the last of each."""
        rows = await cls.filter(quiz_id=quiz_id).order_by("id").values_list("question_id", "question_version_id")
        return dict(rows)

    async def work_off(self, *, at: datetime, most: int | None = None) -> int:
        """Regrade the attempts that are not yet, about `most` of them; returns how many came to another score."""
        changed, seen, run = 0, 0, OneByOne("regrade attempt")
        left = QuizAnswer.filter(question_id=self.question_id, attempt__quiz_id=self.quiz_id, marked_at__isnull=True)
        left = left.filter(attempt__state__in=HANDED_IN).exclude(graded_version_id=self.question_version_id)
        left = left.exclude(question_version_id__in=await self._later_versions())
        while most is None or seen < most:
            answers = await left.exclude(id__in=run.failed).order_by("id").limit(AT_ONCE)
            # Once the key is corrected again, what is left is the later regrade's business.
            if not answers or await self._is_overtaken():
                break
            seen += len(answers)
            for answer in answers:
                changed += bool(await run.do(answer.id, self._regrade(answer, at=at)))
        return changed

    async def _regrade(self, known: QuizAnswer, *, at: datetime) -> bool:
        async with transaction():
            try:
                await Member.hold(known.member_id)
            except MemberErased:
                await QuizAnswer.filter(id=known.id).update(graded_version_id=self.question_version_id)
                return False
            attempt = await QuizAttempt.held(known.attempt_id, known.member_id)
            answer = await QuizAnswer.get(id=known.id)
            if answer.graded_version_id == self.question_version_id or answer.marked_at or await self._is_overtaken():
                return False
            before = AttemptChange.before(attempt, answer)
            await mark_by_key([answer], keys={answer.question_id: self.question_version_id}, at=None)
            await QuizAnswer.write_marks([answer])
            await QuestionStanding.correct([answer])
            has_changed = await before.record(
                answer, takes_back=self.takes_back, reason=self.reason, staff_id=self.staff_id, regrade=self.id, at=at
            )
            if has_changed:
                await QuizRegrade.filter(id=self.id).update(changed=F("changed") + 1)
        return has_changed

    async def _later_versions(self) -> list[UUID]:
        """What the question came to be after the correction; who saw that goes by that."""
        named = await QuestionVersion.get(id=self.question_version_id)
        later = QuestionVersion.filter(question_id=self.question_id, version__gt=named.version)
        return [one.id for one in await later]

    async def _is_overtaken(self) -> bool:
        """Whether the key was corrected again, so that a later regrade says what holds."""
        return (await self.keys_of(self.quiz_id))[self.question_id] != self.question_version_id


async def work_off_regrades(*, at: datetime) -> int:
    """Work off the regrades that are not done; one that is a minute old and finds nothing more is done."""
    changed, run = 0, OneByOne("work off regrade")
    for regrade in await QuizRegrade.filter(done_at__isnull=True).order_by("id"):
        changed += await run.do(regrade.id, regrade.work_off(at=at)) or 0
        if regrade.id not in run.failed and at >= regrade.created_at + SETTLED_AFTER:
            await QuizRegrade.filter(id=regrade.id).update(done_at=at)
    return changed


async def _demand_fit(quiz_id: UUID, question_id: UUID, version: QuestionVersion) -> None:
    """Raise `RegradeDoesNotFit` where an answer was given to something else, `NotFound` where there is none."""
    answers = QuizAnswer.filter(question_id=question_id, attempt__quiz_id=quiz_id)
    seen = {one["question_version_id"] for one in await answers.distinct().values("question_version_id")}
    if not seen:
        raise NotFound(field="questionId")
    shapes = {_shape(one) for one in (await Asked.versions([*seen, version.id])).values()}
    if len(shapes) > 1:
        raise RegradeDoesNotFit()


def _shape(asked: Asked) -> tuple[object, ...]:
    content = asked.content
    return (content.kind, frozenset(content.option_ids), frozenset(content.choice_ids), content.blanks)
