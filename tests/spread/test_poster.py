"""Posters and templates as records: who has them, what makes them look different, and what is left of them."""

import asyncio
from datetime import timedelta

import pytest

from auth import platforms
from models.errors import DomainError, Invalid, NotFound
from models.members.erasure import erase
from models.members.member import Member, MemberNotActive, MemberStatus
from models.spread import poster as poster_module
from models.spread.poster import KEPT_FOR, Poster, folder_of
from models.spread.poster_design import CodeKind, PosterDesign
from models.spread.poster_template import PosterTemplate, PosterTemplateChanged, PosterTemplateNameTaken
from models.spread.scene_code import SceneCode, SceneCodeExpired, SceneCodeWithdrawn
from models.staff.audit import AuditRow
from store.ids import new_id
from store.outbox import Outbox, relay
from tests.build import a_member, a_staff
from tests.conftest import NOON
from tests.spread.posters import STAFF_ID, a_template

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def cleared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are cleared meanwhile."""
    folders: list[str] = []

    class Cleared:
        async def clear(self, folder: str) -> None:
            folders.append(folder)

    monkeypatch.setattr(platforms, "_pictures", [Cleared()])
    return folders


async def test_the_same_is_the_same_poster() -> None:
    member, template = await a_member(), await a_template()
    plain = await SceneCode.of(inviter_id=member.id, at=NOON)

    first = await Poster.of(member.id, template.id, at=NOON)
    again = await Poster.of(member.id, template.id, plain.id, at=NOON + timedelta(days=1))
    other = await Poster.of(member.id, (await a_template()).id, at=NOON)

    assert (first.id, first.code_id) == (again.id, plain.id)
    assert len({first.address, other.address}) == 2
    assert len(first.address) == 24


async def test_many_at_once_are_one_poster() -> None:
    member, template = await a_member(), await a_template()
    found = await asyncio.gather(*(Poster.of(member.id, template.id, at=NOON) for _ in range(12)))

    assert len({poster.address for poster in found}) == 1
    assert (await Poster.all().count(), await SceneCode.all().count()) == (1, 1)


async def test_a_poster_that_may_not_be_is_not_made() -> None:
    member, stranger, template = await a_member(), await a_member(), await a_template()
    theirs = await SceneCode.of(inviter_id=stranger.id, at=NOON)
    ended = await SceneCode.of(inviter_id=member.id, campaign="tea", expires_at=NOON, at=NOON - timedelta(days=1))
    withdrawn = await SceneCode.of(inviter_id=member.id, campaign="books", at=NOON)
    await SceneCode.decide(withdrawn.id, expires_at=None, is_withdrawn=True, reason="误发", staff_id=STAFF_ID, at=NOON)
    draft = await a_template(is_enabled=False)
    gone = await a_member(status=MemberStatus.LEFT)

    wrong: tuple[tuple[Member, PosterTemplate, SceneCode | None, type[DomainError]], ...] = (
        (member, template, theirs, NotFound),
        (member, template, ended, SceneCodeExpired),
        (member, template, withdrawn, SceneCodeWithdrawn),
        (member, draft, None, NotFound),
        (gone, template, None, MemberNotActive),
    )
    for who, of, code, refusal in wrong:
        with pytest.raises(refusal):
            await Poster.of(who.id, of.id, code.id if code else None, at=NOON)
    with pytest.raises(NotFound):
        await Poster.of(member.id, new_id(), at=NOON)
    assert await Poster.all().count() == 0


async def test_a_poster_is_shown_as_long_as_it_leads_in() -> None:
    member, template = await a_member(nickname="林小雨", avatar_url="/files/avatars/a.jpg"), await a_template()
    poster = await Poster.of(member.id, template.id, at=NOON)
    code = await SceneCode.get(id=poster.code_id)

    facts = await Poster.shown(poster.address, at=NOON)
    assert facts
    assert (facts.nickname, facts.avatar_url, facts.code.scene) == ("林小雨", "/files/avatars/a.jpg", code.scene)
    assert (facts.poster_id, facts.design, facts.template) == (poster.id, template.drawing, (template.id, 1))
    assert await Poster.shown("no-such-address", at=NOON) is None

    async def decide(*, is_withdrawn: bool, ends_in: int | None = None) -> None:
        ends = NOON + timedelta(hours=ends_in) if ends_in else None
        await SceneCode.decide(
            code.id, expires_at=ends, is_withdrawn=is_withdrawn, reason="核实", staff_id=STAFF_ID, at=NOON
        )

    await decide(is_withdrawn=True)
    assert await Poster.shown(poster.address, at=NOON) is None
    await decide(is_withdrawn=False, ends_in=1)
    assert await Poster.shown(poster.address, at=NOON) is not None
    assert await Poster.shown(poster.address, at=NOON + timedelta(hours=1)) is None
    await PosterTemplate.enable(template.id, is_enabled=False, reason="换季", staff_id=STAFF_ID, at=NOON)
    assert await Poster.shown(poster.address, at=NOON) is None


async def test_a_fingerprint_says_when_a_poster_looks_different() -> None:
    member, template = await a_member(nickname="林小雨"), await a_template()
    address = (await Poster.of(member.id, template.id, at=NOON)).address

    async def fingerprint(kind: CodeKind = CodeKind.QR, text: str = "s=1") -> str:
        facts = await Poster.shown(address, at=NOON)
        assert facts
        return facts.fingerprint_with(text, kind)

    first = await fingerprint()
    assert first == await fingerprint()
    seen = {first, await fingerprint(CodeKind.MINI_PROGRAM), await fingerprint(text="s=2")}
    await Member.filter(id=member.id).update(nickname="林大雨")
    seen.add(await fingerprint())
    await Member.filter(id=member.id).update(avatar_url="https://thirdwx.example/1")
    seen.add(await fingerprint())
    await PosterTemplate.change(
        template.id, "春", PosterDesign(), expected_version=1, reason="改版", staff_id=STAFF_ID, at=NOON
    )
    seen.add(await fingerprint())
    assert len(seen) == 6


async def test_pictures_drawn_long_ago_are_let_go(cleared: list[str]) -> None:
    member = await a_member()
    old, new = [await Poster.of(member.id, (await a_template()).id, at=NOON) for _ in range(2)]
    await Poster.note(old.id, "a" * 32, at=NOON)
    await Poster.note(new.id, "b" * 32, at=NOON + timedelta(days=1))
    late = NOON + KEPT_FOR + timedelta(hours=1)

    assert [await Poster.forget_old(at=late), await Poster.forget_old(at=late)] == [1, 0]
    await relay(at=late + timedelta(minutes=1))

    assert [one.fingerprint for one in await Poster.all().order_by("id")] == [None, "b" * 32]
    assert cleared == [folder_of(old.id)]
    assert await Outbox.all().count() == 0


async def test_a_run_of_forgetting_goes_on_from_batch_to_batch(
    cleared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poster_module, "FORGOTTEN_AT_ONCE", 2)
    template = await a_template()
    for _ in range(5):
        poster = await Poster.of((await a_member()).id, template.id, at=NOON)
        await Poster.note(poster.id, "a" * 32, at=NOON)

    assert await Poster.forget_old(at=NOON + KEPT_FOR * 2) == 5
    await relay(at=NOON + KEPT_FOR * 2 + timedelta(minutes=1))

    assert len(set(cleared)) == 5


async def test_a_process_without_a_storage_leaves_pictures_to_one_that_has_it(cleared: list[str]) -> None:
    poster = await Poster.of((await a_member()).id, (await a_template()).id, at=NOON)
    await Poster.note(poster.id, "a" * 32, at=NOON)
    opened = platforms._pictures[:]
    platforms._pictures.clear()
    await Poster.forget_old(at=NOON + KEPT_FOR * 2)
    await relay(at=NOON + KEPT_FOR * 2 + timedelta(minutes=1))
    assert (cleared, await Outbox.all().count()) == ([], 1)

    platforms._pictures[:] = opened
    await relay(at=NOON + KEPT_FOR * 3)
    assert (cleared, await Outbox.all().count()) == ([folder_of(poster.id)], 0)


async def test_an_erased_member_leaves_no_poster_and_no_face(cleared: list[str]) -> None:
    member, template = await a_member(), await a_template()
    poster = await Poster.of(member.id, template.id, at=NOON)
    other = await Poster.of((await a_member()).id, template.id, at=NOON)
    await Poster.note(poster.id, "a" * 32, at=NOON)

    await erase(member.id, at=NOON)
    await relay(at=NOON + timedelta(minutes=1))

    assert [one.id for one in await Poster.all()] == [other.id]
    assert set(cleared) == {f"avatars/{member.id.hex}", folder_of(poster.id)}
    assert not await Poster.note(poster.id, "c" * 32, at=NOON)
    assert await Poster.shown(poster.address, at=NOON) is None


async def test_staff_draft_change_and_enable() -> None:
    staff = await a_staff()
    template = await PosterTemplate.draft(" 春日 ", PosterDesign(slogan="踏青"), staff_id=staff.id, at=NOON)
    assert (template.name, template.is_enabled, template.version) == ("春日", False, 1)

    await PosterTemplate.enable(template.id, is_enabled=True, reason="上线", staff_id=staff.id, at=NOON)
    changed = await PosterTemplate.change(
        template.id,
        "春日踏青",
        PosterDesign(note="扫码"),
        expected_version=1,
        reason="改字",
        staff_id=staff.id,
        at=NOON,
    )

    kept = await PosterTemplate.get(id=template.id)
    assert (kept.name, kept.is_enabled, kept.version, kept.drawing.note) == ("春日踏青", True, 2, "扫码")
    assert changed.drawing == kept.drawing
    rows = await AuditRow.all().order_by("created_at", "id")
    assert [(row.action, row.reason) for row in rows] == [
        ("draft_poster_template", None),
        ("enable_poster_template", "上线"),
        ("change_poster_template", "改字"),
    ]
    assert rows[2].before
    assert rows[2].after
    assert (rows[2].before["name"], rows[2].after["name"]) == ("春日", "春日踏青")


async def test_of_two_editors_one_is_told() -> None:
    template = await a_template()

    async def change(name: str) -> object:
        return await PosterTemplate.change(
            template.id, name, PosterDesign(), expected_version=1, reason="改", staff_id=STAFF_ID, at=NOON
        )

    found = await asyncio.gather(*(change(f"稿 {number}") for number in range(5)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in found) == ["PosterTemplate"] + ["PosterTemplateChanged"] * 4
    assert (await PosterTemplate.get(id=template.id)).version == 2
    assert await AuditRow.filter(action="change_poster_template").count() == 1


async def test_what_is_refused_leaves_a_template_as_it_was() -> None:
    template, other = await a_template(), await a_template()
    said = {"expected_version": 1, "reason": "改", "staff_id": STAFF_ID, "at": NOON}

    for name, design, terms, refusal in (
        (other.name, PosterDesign(), said, PosterTemplateNameTaken),
        ("新", PosterDesign(width=10), said, Invalid),
        ("", PosterDesign(), said, Invalid),
        ("新", PosterDesign(), said | {"reason": ""}, Invalid),
        ("新", PosterDesign(), said | {"expected_version": 2}, PosterTemplateChanged),
    ):
        with pytest.raises(refusal):
            await PosterTemplate.change(template.id, name, design, **terms)  # type: ignore[arg-type]  # as said above
    with pytest.raises(PosterTemplateNameTaken):
        await PosterTemplate.draft(other.name, PosterDesign(), staff_id=STAFF_ID, at=NOON)
    with pytest.raises(NotFound):
        await PosterTemplate.enable(new_id(), is_enabled=True, reason="上线", staff_id=STAFF_ID, at=NOON)

    kept = await PosterTemplate.get(id=template.id)
    assert (kept.name, kept.version, kept.design) == (template.name, 1, template.design)
    assert await PosterTemplate.all().count() == 2
    assert await AuditRow.filter(action="change_poster_template").count() == 0
