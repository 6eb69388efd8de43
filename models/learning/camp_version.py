"""Writing a camp: draft, change, publish. One statement decides which of two editors was first."""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.groups.circle import Circle
from models.groups.group import Group
from models.idempotency import Once, perform_once
from models.learning.camp import VACANCY, Camp, CampOver, CampStatus
from models.learning.camp_task import CampTask
from models.learning.camp_terms import FIXED, CampTerms
from store.database import execute, transaction
from store.outbox import Outbox


class CampChanged(DomainError):
    code = "CAMP_CHANGED"
    zh = "该训练营刚被他人修改，请刷新后重试"
    en = "Somebody changed this camp meanwhile; read it again."
    field = "expectedVersion"


class CampTermsFixed(DomainError):
    code = "CAMP_TERMS_FIXED"
    zh = "训练营发布后不能更改此项"
    en = "This cannot be changed once the camp is published."


class CampSeatsBelowTaken(DomainError):
    code = "CAMP_SEATS_BELOW_TAKEN"
    zh = "名额不能少于已报名的 {taken} 人"
    en = "The seats cannot be fewer than the {taken} that are taken."
    field = "seats"


class CampWithoutTasks(DomainError):
    code = "CAMP_WITHOUT_TASKS"
    zh = "请先添加任务"
    en = "Add a task first."
    field = "tasks"


class CampPublished(DomainError):
    code = "CAMP_PUBLISHED"
    zh = "该训练营已发布"
    en = "This camp was published before."


async def create_camp(terms: CampTerms, *, staff_id: UUID, at: datetime, once: Once | None) -> Camp:
    """A new draft, which no member sees. Raises `Invalid`, `NotFound`."""

    async def write(id: UUID) -> Camp:
        camp = Camp(id=id, created_at=at, **terms.columns())
        camp.set_instants()
        await _known_place(camp)
        await camp.save(force_create=True)
        await CampTask.put(camp, terms, at=at)
        await camp.audit("create_camp", None, staff_id=staff_id, reason=None, at=at)
        return camp

    return await perform_once(once, Camp, write, at=at)


async def change_camp(
    id: UUID, terms: CampTerms, *, expected_version: int, reason: str | None, staff_id: UUID, at: datetime
) -> Camp:
    """Say all of a camp anew.

    Raises `CampChanged`, `CampOver`, `CampTermsFixed`, `CampDayBegun`, `CampSeatsBelowTaken`, `CampWithoutTasks`,
    `Invalid`, `NotFound`.
    """
    columns = terms.columns()
    async with transaction():
        camp = await Camp.held(id)
        before = camp.told()
        _refuse(camp, terms, columns, expected_version)
        camp.update_from_dict({**columns, "version": camp.version + 1})
        camp.set_instants()
        await _known_place(camp)
        await camp.save(update_fields=[*columns, "version", "starts_at", "ends_at", "joins_until"])
        await CampTask.put(camp, terms, at=at)
        sql = "UPDATE camp_place SET due_at = $1 WHERE camp_id = $2 AND state = 'waiting'"
        await execute(sql, camp.joins_until, camp.id)
        await camp.audit("change_camp", before, staff_id=staff_id, reason=reason, at=at)
        if camp.waiting_count:
            await Outbox.put(VACANCY, {"camp_id": str(camp.id), "at": at.isoformat()}, at=at)
    return camp


async def publish_camp(id: UUID, *, expected_version: int, staff_id: UUID, at: datetime) -> Camp:
    """Show a draft to members, who may sign up from now on.

    Raises `CampPublished`, `CampChanged`, `CampWithoutTasks`, `NotFound`, and `CampOver` where nobody could join.
    """
    async with transaction():
        camp = await Camp.held(id)
        if camp.status is not CampStatus.DRAFT:
            raise CampPublished()
        if camp.version != expected_version:
            raise CampChanged()
        if camp.joins_until <= at:
            raise CampOver(field="startsOn")
        if not await CampTask.filter(camp_id=id).exists():
            raise CampWithoutTasks()
        before: dict[str, object] = {"status": camp.status}
        camp.status, camp.published_at, camp.version = CampStatus.PUBLISHED, at, camp.version + 1
        await camp.save(update_fields=["status", "published_at", "version"])
        await camp.audit("publish_camp", before, staff_id=staff_id, reason=None, at=at)
    return camp


def _refuse(camp: Camp, terms: CampTerms, columns: dict[str, object], expected_version: int) -> None:
    if camp.version != expected_version:
        raise CampChanged()
    if camp.status in (CampStatus.ENDED, CampStatus.CANCELLED):
        raise CampOver()
    if camp.status is CampStatus.DRAFT:
        return
    for name in FIXED:
        if columns[name] != getattr(camp, name):
            head, *rest = name.split("_")
            raise CampTermsFixed(field=head + "".join(part.capitalize() for part in rest))
    if terms.seats is not None and terms.seats < camp.taken:
        raise CampSeatsBelowTaken(taken=camp.taken)
    if not terms.tasks:
        raise CampWithoutTasks()


async def _known_place(camp: Camp) -> None:
    if camp.circle_id:
        await Circle.existing(camp.circle_id, field="circleId")
    if camp.group_id:
        await Group.existing(camp.group_id, field="groupId")
