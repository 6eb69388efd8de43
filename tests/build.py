"""Small builders of believable records; each takes what a test is about by keyword."""

from datetime import UTC, datetime
from itertools import count

from engine.cursor import encode_id
from models.checkins.plan import CheckInPlan
from models.members.member import Member
from models.record import Record
from models.staff.colleague import DataScope
from models.staff.right import EVERYTHING
from models.staff.role import StaffRole
from models.staff.staff import Staff
from store.database import transaction

LONG_AGO = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)

_names = ("王小明", "李思远", "陈雨桐", "赵子涵", "周嘉怡", "吴梓轩", "郑雅婷", "孙浩然")
_numbers = count()
_keys = count()


def public_id(record: Record) -> str:
    """The id of a record as the API shows it."""
    return encode_id(type(record).__name__, record.id)


def new_key() -> str:
    """An idempotency key nobody has used."""
    return f"test-key-{next(_keys):08d}"


async def a_member(*, nickname: str | None = None, at: datetime = LONG_AGO, **archive: object) -> Member:
    """A member; `archive` sets further columns."""
    async with transaction():
        member = await Member.born(nickname=nickname or _names[next(_numbers) % len(_names)], at=at)
        if archive:
            await member.update_from_dict(archive).save(update_fields=list(archive))
    return member


async def a_plan(**rules: object) -> CheckInPlan:
    """The default check-in plan, with the rules a test is about."""
    plan = CheckInPlan(**{"name": "每日签到", "is_default": True, **rules})
    await plan.save(force_create=True)
    return plan


async def a_staff(
    *rights: str, name: str | None = None, scope: DataScope = DataScope.ALL, region: str | None = None
) -> Staff:
    """A staff member with these rights, every right if none is given; it has no password."""
    held = list(rights) or [EVERYTHING]
    role = await StaffRole.create(name=f"role-{next(_keys)}", title="测试角色", permissions=held, created_at=LONG_AGO)
    return await Staff.create(
        name=name or f"staff-{next(_keys)}",
        display_name="运营小周",
        password_hash="none",
        role_id=role.id,
        scope=scope,
        region=region,
        created_at=LONG_AGO,
    )
