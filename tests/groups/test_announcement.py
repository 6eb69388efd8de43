"""Announcements: by those with the right, a few of them pinned."""

import pytest

from models.actor import Actor
from models.errors import DomainError
from models.groups.announcement import Announcement, PinsTaken
from models.groups.group import Group
from models.groups.role import Role
from models.staff.audit import AuditRow
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place


async def an_announcement(group: Group, *, actor: Actor = STAFF, is_pinned: bool = False) -> Announcement:
    return await Announcement.publish(
        group.id, title="周六自驾", body="早上八点南门集合。", is_pinned=is_pinned, actor=actor, at=NOON
    )


async def test_a_guide_announces(database: str) -> None:
    group = await a_group()
    guide = await a_place(group, role=Role.GUIDE)

    made = await an_announcement(group, actor=Actor.member(guide.id))

    assert (made.title, made.is_pinned, made.by_id) == ("周六自驾", False, guide.id)


@pytest.mark.parametrize(("role", "code"), [(Role.MEMBER, "NOT_ALLOWED"), (None, "NOT_FOUND")])
async def test_others_announce_nothing(database: str, role: Role | None, code: str) -> None:
    group = await a_group()
    other = await a_place(group, role=role) if role else await a_member()
    standing = await an_announcement(group)

    for attempt in (
        an_announcement(group, actor=Actor.member(other.id)),
        Announcement.pin(standing.id, is_pinned=True, actor=Actor.member(other.id), at=NOON),
        Announcement.withdraw(standing.id, actor=Actor.member(other.id), at=NOON),
    ):
        with pytest.raises(DomainError) as refused:
            await attempt
        assert refused.value.code == code

    assert await Announcement.filter(withdrawn_at__isnull=True, is_pinned=False).count() == 1


async def test_pins_are_few(database: str) -> None:
    group = await a_group(pins_most=1)
    first, second = await an_announcement(group, is_pinned=True), await an_announcement(group)

    with pytest.raises(PinsTaken):
        await an_announcement(group, is_pinned=True)
    with pytest.raises(PinsTaken):
        await Announcement.pin(second.id, is_pinned=True, actor=STAFF, at=NOON)
    await Announcement.withdraw(first.id, actor=STAFF, at=NOON)
    await Announcement.pin(second.id, is_pinned=True, actor=STAFF, at=NOON)

    assert await Announcement.filter(is_pinned=True).values_list("id", flat=True) == [second.id]
    assert await Announcement.all().count() == 2


async def test_what_was_withdrawn_is_gone(database: str) -> None:
    group = await a_group()
    made = await an_announcement(group)
    await Announcement.withdraw(made.id, actor=STAFF, at=NOON)

    with pytest.raises(DomainError) as refused:
        await Announcement.pin(made.id, is_pinned=True, actor=STAFF, at=NOON)

    assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "announcementId")


async def test_an_announcement_of_staff_is_in_the_audit(database: str) -> None:
    made = await an_announcement(await a_group())

    row = await AuditRow.get(action="publish_announcement")

    assert (row.subject_id, row.actor_id) == (made.id, STAFF.id)
