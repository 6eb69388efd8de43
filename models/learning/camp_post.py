"""A post: what a member hands in for a task of a camp, in words and pictures, for all who take part in it to see.

There is one that stands for each member and task. Staff may show one as an example, or void it with a reason: then the
task is open again, and a day that counted because of it counts no more. A void settles the member's days first, so it
comes to the same whenever the job runs.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text, picture_address
from models.groups.membership import Membership
from models.groups.role import role_of
from models.learning.camp import Camp
from models.learning.camp_day import CampDay
from models.learning.camp_making_up import make_up_if_done, refuse_making_up, take_back_day, taking_part
from models.learning.camp_place import CampPlace
from models.learning.camp_settlement import settle
from models.learning.camp_tally import DayOutcome
from models.learning.camp_task import CampTask
from models.learning.camp_terms import PICTURES_MOST, WORDS_MOST, TaskKind
from models.members.member import Member
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import transaction, violates


class CampDayLocked(DomainError):
    code = "CAMP_DAY_LOCKED"
    zh = "该任务尚未解锁"
    en = "This task is not unlocked yet."
    field = "taskId"


class AlreadyHandedIn(DomainError):
    code = "ALREADY_HANDED_IN"
    zh = "该任务已提交"
    en = "You have handed this in already."
    field = "taskId"


class CampPostVoided(DomainError):
    code = "CAMP_POST_VOIDED"
    zh = "该作业已作废"
    en = "This was voided before."


class CampPost(Record):
    camp: fields.ForeignKeyRelation[Camp] = fields.ForeignKeyField(
        "models.Camp", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    camp_id: UUID
    task: fields.ForeignKeyRelation[CampTask] = fields.ForeignKeyField(
        "models.CampTask", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    task_id: UUID
    place_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    day = fields.SmallIntField()
    words = fields.CharField(max_length=WORDS_MOST, null=True)
    pictures: list[str] = fields.JSONField(default=list)
    is_late = fields.BooleanField(default=False, description="Whether its day was over.")
    is_showcase = fields.BooleanField(default=False)
    created_at: datetime = fields.DatetimeField()
    voided_at: datetime | None = fields.DatetimeField(null=True)
    void_reason = fields.CharField(max_length=REASON_MOST, null=True)

    class Meta:
        table = "camp_post"
        constraints = (
            UniqueConstraint(fields=("place_id", "task_id"), condition="voided_at IS NULL", name="camp_post_once"),
        )
        indexes = (
            Index(fields=("camp_id", "created_at", "id"), name="camp_post_by_camp"),
            Index(fields=("member_id", "created_at", "id"), name="camp_post_by_member"),
            Index(fields=("task_id", "created_at", "id"), name="camp_post_by_task"),
        )

    @classmethod
    async def hand_in(
        cls, member_id: UUID, task_id: UUID, *, words: str | None, pictures: Sequence[str], at: datetime
    ) -> Self:
        """Hand a task in, on its day or, where the camp allows that, later.

        Raises `CampDayLocked` with when it opens, `AlreadyHandedIn`, `CampNotMadeUp`, `NotInCamp`, `MemberMuted`,
        `MutedInGroup`, `MemberNotActive`, `Invalid`, `NotFound`.
        """
        try:
            async with transaction():
                return await cls._handed_in(member_id, task_id, words, pictures, at=at)
        except IntegrityError as error:
            if violates(error, cls, "camp_post_once"):
                raise AlreadyHandedIn() from None
            raise

    @classmethod
    async def _handed_in(
        cls, member_id: UUID, task_id: UUID, words: str | None, pictures: Sequence[str], *, at: datetime
    ) -> Self:
        task = await CampTask.existing(task_id, field="taskId")
        place, camp = await taking_part(member_id, task.camp_id, at=at, speaks=True)
        if task.kind is not TaskKind.POST:
            raise NotFound(field="taskId")
        if at < task.opens_at:
            raise CampDayLocked(retry_at=task.opens_at)
        if camp.group_id and await role_of(member_id, camp.group_id):
            await Membership.refuse_muted(member_id, camp.group_id, at=at)
        post = cls(
            camp_id=camp.id,
            task_id=task_id,
            place_id=place.id,
            member_id=member_id,
            day=task.day,
            # What is settled is settled, even where another process's clock is ahead of this one.
            is_late=task.day <= place.settled_through,
            created_at=at,
            **_content(task, words, pictures),
        )
        if post.is_late:
            await _refuse_late(place, camp, task.day)
        await post.save(force_create=True)
        if post.is_late:
            await make_up_if_done(place, camp, task.day, at=at)
        return post

    @classmethod
    async def show(cls, id: UUID, *, is_showcase: bool, staff_id: UUID, at: datetime) -> Self:
        """Show a post as an example to the camp, or no longer. Raises `CampPostVoided`, `NotFound`."""
        async with transaction():
            known = await cls.existing(id, field="postId")
            if not await cls.filter(id=id, voided_at__isnull=True).update(is_showcase=is_showcase):
                raise CampPostVoided()
            post = await cls.get(id=id)
            before, after = columns_of(known, "is_showcase"), columns_of(post, "is_showcase")
            await post._audit("show_camp_post", before, after, staff_id, None, at=at)
        return post

    @classmethod
    async def void(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Take a post out: its task is open again, and its day counts as missed if it is over.

        What has ended by then stays as it ended. Raises `CampPostVoided`, `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            known = await cls.existing(id, field="postId")
            await Member.bump(known.member_id)
            place, camp = await CampPlace.get(id=known.place_id), await Camp.get(id=known.camp_id)
            await settle(place, camp, at=at)
            standing = cls.filter(id=id, voided_at__isnull=True)
            if not await standing.update(voided_at=at, void_reason=why, is_showcase=False):
                raise CampPostVoided()
            await take_back_day(place, camp, known.day, at=at)
            post = await cls.get(id=id)
            await post._audit("void_camp_post", {"voided_at": None}, {"voided_at": at}, staff_id, why, at=at)
        return post

    async def _audit(
        self,
        action: str,
        before: dict[str, object],
        after: dict[str, object],
        staff_id: UUID,
        reason: str | None,
        *,
        at: datetime,
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )


def _content(task: CampTask, words: str | None, pictures: Sequence[str]) -> dict[str, object]:
    """What the columns hold, or `Invalid` where it is less than the task asks for, or nothing at all."""
    text = bounded_text(words, "words", most=WORDS_MOST) or None
    shown = [address for one in pictures if (address := picture_address(one, "pictures"))]
    if len(text or "") < task.words_least:
        raise Invalid("words", zh=f"至少 {task.words_least} 个字", en=f"at least {task.words_least} characters")
    if not task.pictures_least <= len(shown) <= PICTURES_MOST:
        least, most = task.pictures_least, PICTURES_MOST
        raise Invalid("pictures", zh=f"应为 {least}–{most} 张", en=f"it must be {least} to {most} pictures")
    if not text and not shown:
        raise Invalid("words", zh="请填写文字或上传图片", en="write something or add a picture")
    return {"words": text, "pictures": shown}


async def _refuse_late(place: CampPlace, camp: Camp, day: int) -> None:
    """A day that counts, or lies before the member came, takes nothing more; a missed one only while that helps."""
    refuse_making_up(place, camp)
    if not await CampDay.exists(place_id=place.id, day=day, outcome=DayOutcome.MISSED):
        raise AlreadyHandedIn() if day >= place.first_day else NotFound(field="taskId")
