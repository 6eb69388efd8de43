"""Terms are checked as a whole; once published, odds change as versions only."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from models.errors import Invalid
from models.members.audience import Audience
from models.play.draw import Draw, DrawState
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_seed import DrawSeed, reseal_seeds, reveal_due
from models.play.draw_simulation import simulate
from models.play.draw_terms import DrawKind, PrizeKind, PrizeTerms, Release, Segment
from models.play.draw_version import (
    DrawChanged,
    DrawPublished,
    DrawVersion,
    change_draw,
    create_draw,
    end_draw,
    end_due,
    publish_draw,
)
from models.play.roll import commitment_of
from models.staff.audit import AuditRow
from tests.build import a_member
from tests.conftest import NOON
from tests.play.draws import DAY, MUG, STAFF, TEN, THANKS, a_draw, chances, terms

pytestmark = pytest.mark.usefixtures("empty_redis")


@pytest.mark.parametrize(
    ("prizes", "rules", "field"),
    [
        ((PrizeTerms("无", weight=0, is_fallback=True),), {}, "prizes.weight"),
        ((TEN,), {}, "prizes.isFallback"),
        ((THANKS, THANKS), {}, "prizes.isFallback"),
        ((PrizeTerms("谢谢", weight=1, is_fallback=True, stock=5),), {}, "prizes.isFallback"),
        ((THANKS, PrizeTerms("积分", kind=PrizeKind.POINTS, weight=1)), {}, "prizes.amount"),
        ((THANKS, PrizeTerms("积分", kind=PrizeKind.POINTS, amount=5, weight=-1)), {}, "prizes.weight"),
        ((THANKS, PrizeTerms("杯", kind=PrizeKind.GOOD, weight=1, stock=-1)), {}, "prizes.stock"),
        ((THANKS, PrizeTerms("杯", kind=PrizeKind.GOOD, weight=1, release=Release.EVENLY)), {}, "prizes.stock"),
        ((THANKS, PrizeTerms("杯", kind=PrizeKind.GOOD, weight=1, release=Release.DAILY)), {}, "prizes.releaseCount"),
        ((THANKS, MUG), {"pity_tier": 1}, "pityAfter"),
        ((THANKS, MUG), {"pity_tier": 3, "pity_after": 5}, "pityTier"),
        ((THANKS, MUG), {"ends_at": NOON}, "endsAt"),
        ((THANKS, MUG), {"price": 0}, "price"),
        ((THANKS, MUG), {"day_most": 0}, "dayMost"),
        ((THANKS, MUG), {"seed_hours": 1, "ends_at": NOON + 300 * DAY}, "seedHours"),
        ((THANKS, PrizeTerms("杯", kind=PrizeKind.GOOD, segment_weights={"新人": 5})), {}, "prizes.segmentWeights"),
        ((MUG, PrizeTerms("无")), {"kind": DrawKind.SCHEDULED}, "prizes.stock"),
    ],
)
async def test_terms_that_do_not_fit_are_refused(
    database: str, prizes: tuple[PrizeTerms, ...], rules: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await create_draw(terms(*prizes, **rules), staff_id=STAFF, at=NOON, once=None)

    assert refused.value.field == field
    assert (await Draw.all().count(), await DrawPrize.all().count()) == (0, 0)


async def test_a_draw_without_prizes_is_refused(database: str) -> None:
    from dataclasses import replace

    with pytest.raises(Invalid) as refused:
        await create_draw(replace(terms(), prizes=()), staff_id=STAFF, at=NOON, once=None)

    assert refused.value.field == "prizes"


async def test_weights_must_be_there_for_every_segment(database: str) -> None:
    nobody = Segment("新人", Audience(new_within_days=7))
    thanks = PrizeTerms("谢谢参与", weight=1, segment_weights={"新人": 0}, is_fallback=True)

    with pytest.raises(Invalid) as refused:
        await create_draw(terms(thanks, segments=(nobody,)), staff_id=STAFF, at=NOON, once=None)

    assert refused.value.field == "prizes.weight"


async def test_publishing_commits_to_all_seeds_and_reveals_none(database: str) -> None:
    draw = await a_draw(THANKS, TEN, seed_hours=50)

    seeds = await DrawSeed.filter(draw_id=draw.id).order_by("number")

    assert [(one.used_from - NOON).total_seconds() / 3_600 for one in seeds] == [0, 50, 100, 150]
    assert seeds[-1].used_until == draw.ends_at
    assert {one.committed_at for one in seeds} == {NOON - DAY}
    assert [one.seed for one in seeds] == [None] * 4
    assert [one.commitment for one in seeds] == [commitment_of(one.secret) for one in seeds]
    assert all(one.secret not in one.sealed_seed for one in seeds)


async def test_seeds_are_revealed_when_their_time_is_over_and_all_at_the_end(database: str) -> None:
    draw = await a_draw(THANKS, TEN, seed_hours=50)

    revealed = [await reveal_due(at=NOON + timedelta(hours=hours)) for hours in (50, 51, 51, 102)]
    await end_due(at=draw.ends_at)

    assert revealed == [0, 1, 0, 1]
    seeds = await DrawSeed.filter(draw_id=draw.id).order_by("number")
    assert [commitment_of(one.seed or "") == one.commitment for one in seeds] == [True] * 4
    assert (await Draw.get(id=draw.id)).state is DrawState.ENDED


async def test_a_draw_that_ended_early_is_over(database: str) -> None:
    from models.play.draw import DrawOver

    member, draw = await a_member(), await a_draw(free_per_day=1)

    await end_draw(draw.id, reason="奖品发完", staff_id=STAFF, at=NOON)

    with pytest.raises(DrawOver):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)
    with pytest.raises(DrawOver):
        await end_draw(draw.id, reason="奖品发完", staff_id=STAFF, at=NOON)
    assert (await AuditRow.get(action="end_draw")).reason == "奖品发完"


async def test_a_draft_is_written_anew_and_a_published_draw_gets_a_version(database: str) -> None:
    draft = await create_draw(terms(THANKS, TEN), staff_id=STAFF, at=NOON - DAY, once=None)

    await change_draw(draft.id, terms(THANKS, MUG), expected_version=0, reason=None, staff_id=STAFF, at=NOON - DAY)
    draw = await publish_draw(draft.id, staff_id=STAFF, at=NOON - DAY)
    thanks, mug = await DrawPrize.offered(draw.id)
    kept = [
        PrizeTerms(**{**vars(THANKS), "id": thanks.id, "weight": 50}),
        PrizeTerms(**{**vars(MUG), "id": mug.id, "stock": 9}),
        TEN,
    ]
    changed = await change_draw(draw.id, terms(*kept), expected_version=2, reason="加奖", staff_id=STAFF, at=NOON - DAY)

    versions = {one.version: one.rules["prizes"] for one in await DrawVersion.filter(draw_id=draw.id)}
    assert changed.version == 3
    assert {number: [one["weight"] for one in prizes] for number, prizes in versions.items()} == {
        2: [90, 1],
        3: [50, 1, 10],
    }
    assert [one.id for one in await DrawPrize.offered(draw.id)][:2] == [thanks.id, mug.id]
    assert (await AuditRow.filter(action="change_draw").order_by("-created_at", "-id").first()).reason == "加奖"  # type: ignore[union-attr]


async def test_of_two_who_edit_a_draft_at_once_the_second_is_told(database: str) -> None:
    draft = await create_draw(terms(THANKS), staff_id=STAFF, at=NOON - DAY, once=None)

    def edit(title: str) -> Awaitable[Draw]:
        return change_draw(
            draft.id, terms(THANKS, title=title), expected_version=0, reason=None, staff_id=STAFF, at=NOON - DAY
        )

    outcomes = await asyncio.gather(edit("双十二大转盘"), edit("年终大转盘"), return_exceptions=True)

    assert sorted(type(one).__name__ for one in outcomes) == ["Draw", "DrawChanged"]
    [kept] = [one for one in outcomes if isinstance(one, Draw)]
    assert [(one.title, one.version) for one in await Draw.all()] == [(kept.title, 1)]
    assert await AuditRow.filter(action="change_draw").count() == 1


async def test_words_are_kept_without_the_space_around_them(database: str) -> None:
    newcomers = Segment(" 新人 ", Audience(new_within_days=7))
    thanks = PrizeTerms(" 谢谢参与 ", weight=1, segment_weights={"新人 ": 5}, picture_url=" /p.png ", is_fallback=True)
    said = terms(thanks, segments=(newcomers,), title=" 幸运大转盘 ", description=" ")

    created = await create_draw(said, staff_id=STAFF, at=NOON, once=None)
    changed = await change_draw(created.id, said, expected_version=0, reason=None, staff_id=STAFF, at=NOON)

    for draw in (created, changed):
        assert (draw.title, draw.segments[0]["name"]) == ("幸运大转盘", "新人")
        assert draw.description is None
    [prize] = await DrawPrize.all()
    assert (prize.name, prize.segment_weights, prize.picture_url) == ("谢谢参与", {"新人": 5}, "/p.png")


async def test_what_members_count_on_does_not_change_any_more(database: str) -> None:
    draw = await a_draw(THANKS, TEN)
    change = {"expected_version": 1, "reason": "改期", "staff_id": STAFF, "at": NOON}

    for rules in ({"ends_at": NOON + 8 * DAY}, {"kind": DrawKind.GRID}, {"seed_hours": 24}):
        with pytest.raises(Invalid):
            await change_draw(draw.id, terms(THANKS, TEN, **rules), **change)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await change_draw(draw.id, terms(THANKS), **{**change, "reason": None})  # type: ignore[arg-type]
    with pytest.raises(DrawChanged):
        await change_draw(draw.id, terms(THANKS), **{**change, "expected_version": 2})  # type: ignore[arg-type]
    with pytest.raises(DrawPublished):
        await publish_draw(draw.id, staff_id=STAFF, at=NOON)

    assert await DrawVersion.filter(draw_id=draw.id).count() == 1


async def test_a_stock_is_not_cut_below_what_was_won(database: str) -> None:
    sure = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=1, stock=5)
    never = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
    member, draw = await a_member(), await a_draw(never, sure)
    await chances(member, draw, 2)
    for _ in range(2):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)
    fallback, mug = await DrawPrize.offered(draw.id)
    kept = PrizeTerms(**{**vars(never), "id": fallback.id})

    fewer = PrizeTerms(**{**vars(sure), "id": mug.id, "stock": 1})
    with pytest.raises(Invalid) as refused:
        await change_draw(draw.id, terms(kept, fewer), expected_version=1, reason="减", staff_id=STAFF, at=NOON)

    assert refused.value.field == "prizes.stock"
    assert (await DrawPrize.get(id=mug.id)).stock == 5


async def test_a_draw_is_published_before_it_begins(database: str) -> None:
    draft = await create_draw(terms(THANKS), staff_id=STAFF, at=NOON, once=None)

    with pytest.raises(Invalid):
        await publish_draw(draft.id, staff_id=STAFF, at=NOON + timedelta(seconds=1))

    assert await DrawSeed.all().count() == 0


async def test_a_simulation_gives_and_costs_what_the_odds_say_and_writes_nothing(database: str) -> None:
    mug = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=100, stock=5, worth=30)
    draw = await a_draw(THANKS, TEN, mug)
    prizes = await DrawPrize.offered(draw.id)

    found = simulate(draw, prizes, draws=10_000, members=100, seed="5e" * 32)
    again = simulate(draw, prizes, draws=10_000, members=100, seed="5e" * 32)

    thanks, ten, mugs = (found.given[prize.id] for prize in prizes)
    assert found == again
    assert (mugs, thanks + ten + mugs) == (5, 10_000)
    assert 400 < ten < 600  # one in twenty
    assert (found.points, found.worth) == (ten * 10, 150)
    assert found.wanting > 4_000
    assert await DrawResult.all().count() == 0


async def test_seeds_are_sealed_anew_after_a_rotation_of_the_key(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.play import draw_seed
    from store.vault import Vault

    old, new = "o" * 40, "n" * 40
    monkeypatch.setattr(draw_seed, "vault", lambda: Vault(old))
    await a_draw(THANKS, TEN)
    monkeypatch.setattr(draw_seed, "vault", lambda: Vault(new, previous=old))

    assert [await reseal_seeds(), await reseal_seeds()] == [1, 0]

    monkeypatch.setattr(draw_seed, "vault", lambda: Vault(new))
    seed = await DrawSeed.get()
    assert commitment_of(seed.secret) == seed.commitment
