"""Staff log in by name and password, hold rights by role, and manage no one above themselves."""

import asyncio
from datetime import timedelta

import pytest
from passlib.hash import argon2

from models.attempts import Attempts, TooManyAttempts
from models.errors import DomainError
from models.members.session import Session
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from models.staff.password import password_hash
from models.staff.role import StaffRole
from models.staff.staff import PER_ACCOUNT, PER_ADDRESS, LoginFailed, Staff
from store.clock import FixedClock
from store.redis import close_redis
from tests.build import LONG_AGO, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON

PASSWORD = "海棠依旧-2026"
LOGIN = "accessToken refreshToken staff { name role { name permissions } scope }"


@pytest.fixture
async def owner(database: str) -> Staff:
    await StaffRole.plant_built_in(at=LONG_AGO)
    role = await StaffRole.named("owner")
    return await Staff.born(name="lin.yi", display_name="林一", password=PASSWORD, role=role, at=LONG_AGO)


async def test_a_login_answers_with_tokens_that_work(callers: Callers, owner: Staff) -> None:
    payload = await callers.nobody().do("staffLogin", {"name": " Lin.Yi ", "password": PASSWORD}, LOGIN)
    caller = callers.with_token(payload["accessToken"])

    assert payload["userErrors"] == []
    assert payload["staff"] == {"name": "lin.yi", "role": {"name": "owner", "permissions": ["*"]}, "scope": "ALL"}
    assert await caller.data("{ staffViewer { displayName } }") == {"staffViewer": {"displayName": "林一"}}


@pytest.mark.parametrize(("name", "password"), [("lin.yi", "not-this-one"), ("nobody", PASSWORD), ("", "")])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(
    callers: Callers, owner: Staff, name: str, password: str
) -> None:
    login = f'staffLogin(input: {{name: "{name}", password: "{password}"}})'

    answer = await callers.nobody().data(f"mutation {{{login} {{ accessToken userErrors {{ code message field }} }}}}")

    assert answer["staffLogin"] == {
        "accessToken": None,
        "userErrors": [{"code": "LOGIN_FAILED", "message": "用户名或密码不正确", "field": None}],
    }
    assert await Session.all().count() == 0


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    database: str, owner: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    from models.staff import password as module

    verify = module._context.verify_and_update

    def watched(secret: str, known_hash: str) -> tuple[bool, str | None]:
        compared.append(known_hash.split("$")[1])
        result: tuple[bool, str | None] = verify(secret, known_hash)
        return result

    monkeypatch.setattr(module._context, "verify_and_update", watched)
    for name in ("lin.yi", "nobody"):
        with pytest.raises(LoginFailed):
            await Staff.log_in(name=name, password="wrong-wrong", address=None, at=NOON)

    assert compared == ["argon2id", "argon2id"]


async def test_the_sixth_attempt_on_an_account_is_refused_even_with_the_right_password(
    callers: Callers, clock: FixedClock, owner: Staff
) -> None:
    caller = callers.nobody()
    for _ in range(PER_ACCOUNT.most):
        assert await caller.refusal("staffLogin", {"name": "lin.yi", "password": "wrong-wrong"}) == "LOGIN_FAILED"

    [error] = (await caller.do("staffLogin", {"name": "lin.yi", "password": PASSWORD}))["userErrors"]
    clock.advance(minutes=15)
    later = await caller.do("staffLogin", {"name": "lin.yi", "password": PASSWORD}, LOGIN)

    assert (error["code"], error["retryAt"]) == ("TOO_MANY_ATTEMPTS", "2026-11-23T04:15:00Z")
    assert later["userErrors"] == []


async def test_each_field_of_one_document_counts(callers: Callers, owner: Staff) -> None:
    fields = " ".join(
        f'a{n}: staffLogin(input: {{name: "lin.yi", password: "wrong-{n}"}}) {{ userErrors {{ code }} }}'
        for n in range(5)
    )

    await callers.nobody().data(f"mutation {{ {fields} }}")

    assert await callers.nobody().refusal("staffLogin", {"name": "lin.yi", "password": PASSWORD}) == "TOO_MANY_ATTEMPTS"


async def test_limits_hold_without_redis_and_at_one_instant(database: str, empty_redis: str, owner: Staff) -> None:
    await close_redis()

    outcomes = await asyncio.gather(
        *(Staff.log_in(name="lin.yi", password=f"wrong-{n}", address="10.0.0.1", at=NOON) for n in range(12)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, LoginFailed) for one in outcomes) == PER_ACCOUNT.most
    assert sum(isinstance(one, TooManyAttempts) for one in outcomes) == 12 - PER_ACCOUNT.most


async def test_an_address_that_tries_many_names_is_stopped(database: str) -> None:
    for n in range(PER_ADDRESS.most):
        await Attempts.take(PER_ADDRESS, "10.0.0.9", at=NOON + timedelta(seconds=n))

    with pytest.raises(TooManyAttempts) as refused:
        await Staff.log_in(name="anybody", password="wrong-wrong", address="10.0.0.9", at=NOON + timedelta(minutes=1))

    assert refused.value.retry_at == NOON + PER_ADDRESS.window
    assert not await Attempts.filter(subject__contains="10.0").exists()


async def test_right_passwords_use_no_attempts_up(database: str, owner: Staff) -> None:
    for _ in range(PER_ACCOUNT.most + 1):
        await Staff.log_in(name="lin.yi", password=PASSWORD, address="10.0.0.2", at=NOON)

    assert [row.count for row in await Attempts.all()] == [0]


async def test_an_old_hash_is_made_anew_at_login(database: str, owner: Staff) -> None:
    weak = argon2.using(rounds=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await Staff.filter(id=owner.id).update(password_hash=weak)

    await Staff.log_in(name="lin.yi", password=PASSWORD, address=None, at=NOON)

    assert (await Staff.get(id=owner.id)).password_hash.startswith("$argon2id$v=19$m=65536,t=3,")
    await Staff.log_in(name="lin.yi", password=PASSWORD, address=None, at=NOON)


async def test_a_colleague_who_is_switched_off_is_out_at_once(callers: Callers, owner: Staff) -> None:
    boss, colleague = await callers.staff(owner), await a_staff("points.read")
    theirs = await callers.staff(colleague)

    payload = await boss.do(
        "updateStaff", {"staffId": public_id(colleague), "isActive": False, "reason": "离职"}, "staff { isActive }"
    )

    assert payload["staff"] == {"isActive": False}
    assert await theirs.error("{ staffViewer { name } }") == "UNAUTHENTICATED"
    [row] = await AuditRow.filter(action="change_staff")
    assert row.before is not None
    assert row.after is not None
    assert (row.before["is_active"], row.after["is_active"], row.reason) == (True, False, "离职")


async def test_a_role_that_changes_holds_from_the_next_request_on(callers: Callers) -> None:
    boss, colleague = await callers.staff(await a_staff()), await a_staff("staff.read")
    theirs = await callers.staff(colleague)
    role = await StaffRole.get(id=colleague.role_id)
    assert "errors" not in await theirs.ask("{ staffRoles(first: 10) { totalCount } }")

    await boss.do("updateStaffRole", {"roleId": public_id(role), "permissions": ["points.read"]})

    assert await theirs.error("{ staffRoles(first: 10) { totalCount } }") == "FORBIDDEN"


async def test_nobody_hands_out_more_than_it_has(callers: Callers, owner: Staff) -> None:
    chief = await callers.staff(await a_staff("staff.write", "staff.read"))
    role = await StaffRole.named("owner")
    new = {"name": "wang.er", "displayName": "王二", "password": "12345678-ab", "roleId": public_id(role)}

    assert await chief.refusal("createStaff", new) == "NOT_ALLOWED"
    assert (
        await chief.refusal("updateStaff", {"staffId": public_id(owner), "password": "taken-over-1"}) == "NOT_ALLOWED"
    )
    assert (
        await chief.refusal("createStaffRole", {"name": "x-role", "title": "甲", "permissions": ["*"]}) == "NOT_ALLOWED"
    )
    assert not await Staff.filter(name="wang.er").exists()


async def test_whoever_sees_a_part_only_manages_nobody(callers: Callers) -> None:
    part = await callers.staff(await a_staff(scope=DataScope.REGION, region="华东"))
    colleague = await a_staff("points.read")

    assert await part.refusal("updateStaff", {"staffId": public_id(colleague), "isActive": False}) == "NOT_ALLOWED"


async def test_nobody_changes_itself(callers: Callers) -> None:
    me = await a_staff()

    assert (
        await (await callers.staff(me)).refusal("updateStaff", {"staffId": public_id(me), "isActive": False})
        == "NOT_ALLOWED"
    )


async def test_a_new_password_logs_one_out_everywhere(callers: Callers, owner: Staff) -> None:
    here, there = await callers.staff(owner), await callers.staff(owner)

    wrong = await here.refusal("changeStaffPassword", {"oldPassword": "wrong-wrong", "newPassword": "新密码-2027-08"})
    await here.do("changeStaffPassword", {"oldPassword": PASSWORD, "newPassword": "新密码-2027-08"})

    assert wrong == "LOGIN_FAILED"
    assert await there.error("{ staffViewer { name } }") == "UNAUTHENTICATED"
    await Staff.log_in(name="lin.yi", password="新密码-2027-08", address=None, at=NOON)


@pytest.mark.parametrize("change", [{"name": "李"}, {"password": "short"}, {"scope": "REGION"}, {"name": "lin.yi"}])
async def test_bad_facts_of_a_new_colleague_are_refused(callers: Callers, owner: Staff, change: dict[str, str]) -> None:
    role = await StaffRole.named("auditor")
    new = {"name": "wang.er", "displayName": "王二", "password": "12345678-ab", "roleId": public_id(role)}

    code = await (await callers.staff(owner)).refusal("createStaff", new | change)

    assert code == ("STAFF_NAME_TAKEN" if change == {"name": "lin.yi"} else "INVALID_INPUT")
    assert await Staff.all().count() == 1


async def test_passwords_have_their_bounds() -> None:
    with pytest.raises(DomainError):
        await password_hash("x" * 129)
