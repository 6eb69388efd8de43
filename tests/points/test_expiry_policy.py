"""How long points last: the last day by each kind of policy, and who may decide it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.errors import Invalid
from models.points.account import of_member
from models.points.expiry_policy import ExpiryKind, ExpiryPolicy, ExpiryPolicyChanged, ExpiryTerms
from models.points.lot import NEVER
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff
from tests.callers import Callers
from tests.conftest import NOON
from tests.points.build import ISSUED, a_holder, a_move, a_policy, lots_of, moved

PUT = "policy { version kind days months fixedOn givenBackDays }"


@pytest.mark.parametrize(
    ("terms", "day", "last"),
    [
        (ExpiryTerms(), date(2026, 11, 23), None),
        (ExpiryTerms(ExpiryKind.DAYS, days=1), date(2026, 12, 31), date(2027, 1, 1)),
        (ExpiryTerms(ExpiryKind.MONTH_END, months=0), date(2026, 11, 30), date(2026, 11, 30)),
        (ExpiryTerms(ExpiryKind.MONTH_END, months=0), date(2026, 12, 1), date(2026, 12, 31)),
        (ExpiryTerms(ExpiryKind.MONTH_END, months=3), date(2026, 11, 23), date(2027, 2, 28)),
        (ExpiryTerms(ExpiryKind.MONTH_END, months=12), date(2027, 2, 1), date(2028, 2, 29)),
        (ExpiryTerms(ExpiryKind.QUARTER_END), date(2026, 9, 30), date(2026, 9, 30)),
        (ExpiryTerms(ExpiryKind.QUARTER_END), date(2026, 10, 1), date(2026, 12, 31)),
        (ExpiryTerms(ExpiryKind.YEAR_END), date(2026, 1, 1), date(2026, 12, 31)),
        (ExpiryTerms(ExpiryKind.FIXED_DATE, fixed_on=date(2027, 3, 31)), date(2026, 11, 23), date(2027, 3, 31)),
        (ExpiryTerms(ExpiryKind.FIXED_DATE, fixed_on=date(2027, 3, 31)), date(2027, 3, 31), date(2027, 3, 31)),
        (ExpiryTerms(ExpiryKind.FIXED_DATE, fixed_on=date(2027, 3, 31)), date(2027, 4, 1), date(2028, 3, 31)),
        (ExpiryTerms(ExpiryKind.FIXED_DATE, fixed_on=date(2028, 2, 29)), date(2028, 3, 1), date(2029, 2, 28)),
    ],
)
def test_the_last_day_follows_from_the_day_they_come_in(terms: ExpiryTerms, day: date, last: date | None) -> None:
    assert terms.checked().last_day(day) == last


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2026, 11, 30, 15, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_month_ends_with_the_brands_last_business_day(at: datetime, until: datetime) -> None:
    assert ExpiryTerms(ExpiryKind.MONTH_END, months=0).expiry_of(at) == until


def test_what_never_lapses_says_so() -> None:
    assert ExpiryTerms().expiry_of(NOON) == NEVER


@pytest.mark.parametrize(
    "terms",
    [
        ExpiryTerms(ExpiryKind.DAYS),
        ExpiryTerms(ExpiryKind.DAYS, days=0),
        ExpiryTerms(ExpiryKind.NEVER, days=5),
        ExpiryTerms(ExpiryKind.MONTH_END, months=-1),
        ExpiryTerms(ExpiryKind.FIXED_DATE),
        ExpiryTerms(given_back_days=0),
    ],
)
async def test_terms_fit_their_kind(database: str, terms: ExpiryTerms) -> None:
    with pytest.raises(Invalid):
        await ExpiryPolicy.put(terms, staff_id=new_id(), at=NOON)

    assert await ExpiryPolicy.all().count() == 0


async def test_a_new_policy_leaves_the_life_of_what_came_before(database: str) -> None:
    member = await a_holder()
    await a_policy(ExpiryKind.DAYS, days=1)
    await moved(a_move(ISSUED, of_member(member.id), 10))

    await a_policy(ExpiryKind.DAYS, days=9)
    await moved(a_move(ISSUED, of_member(member.id), 5))

    assert await lots_of(member.id) == [(10, 2), (5, 10)]


async def test_who_read_another_version_does_not_overwrite_it(database: str) -> None:
    await a_policy(ExpiryKind.YEAR_END)

    with pytest.raises(ExpiryPolicyChanged):
        await ExpiryPolicy.put(ExpiryTerms(), staff_id=new_id(), at=NOON, expected_version=0)

    assert (await ExpiryPolicy.in_force()).kind is ExpiryKind.YEAR_END


async def test_what_is_remembered_is_forgotten_in_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has put a policy: ours holds the old one for some seconds and no longer."""
    known = await ExpiryPolicy.in_force()
    await ExpiryPolicy.create(version=1, kind=ExpiryKind.YEAR_END, created_at=NOON)
    remembered = await ExpiryPolicy.in_force()

    monkeypatch.setattr("models.points.expiry_policy.KNOWN_FOR", timedelta())
    monkeypatch.setattr("models.points.expiry_policy._known", None)
    later = await ExpiryPolicy.in_force()

    assert (known.kind, remembered.kind, later.kind) == (ExpiryKind.NEVER, ExpiryKind.NEVER, ExpiryKind.YEAR_END)


async def test_staff_put_the_policy_and_members_read_it(callers: Callers) -> None:
    member = await callers.member(await a_member())
    staff = await callers.staff(await a_staff("points.rules"))
    given = {"kind": "MONTH_END", "months": 12, "expectedVersion": 0, "reason": "年度积分规则"}

    before = await member.data("{ expiryPolicy { version } }")
    put = await staff.do("putExpiryPolicy", given, PUT)
    stale = await staff.refusal("putExpiryPolicy", given)
    after = await member.data("{ expiryPolicy { version kind months } }")

    assert before == {"expiryPolicy": None}
    assert put["policy"] == {
        "version": 1,
        "kind": "MONTH_END",
        "days": None,
        "months": 12,
        "fixedOn": None,
        "givenBackDays": 30,
    }
    assert stale == "EXPIRY_POLICY_CHANGED"
    assert after == {"expiryPolicy": {"version": 1, "kind": "MONTH_END", "months": 12}}
    assert (await AuditRow.get(action="put_expiry_policy")).reason == "年度积分规则"


async def test_the_policy_is_not_put_without_the_right_or_by_who_sees_a_part(callers: Callers) -> None:
    query = "mutation { putExpiryPolicy(input: {kind: NEVER}) { userErrors { code } } }"
    part = await callers.staff(await a_staff("points.rules", scope=DataScope.OWN_GROUPS))

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.read"))).error(query) == "FORBIDDEN"
    assert await part.refusal("putExpiryPolicy", {"kind": "NEVER"}) == "NOT_FOUND"
    assert await ExpiryPolicy.all().count() == 0
