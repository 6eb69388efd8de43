"""Consents: to the version that was shown, taken back at any time, and every act kept."""

import pytest
from tortoise.exceptions import IntegrityError

from models.members.consent import Consent, ConsentAct
from models.members.consent_document import ConsentDocument, ConsentKind
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.database import execute
from tests.build import a_member, a_staff
from tests.callers import Callers
from tests.conftest import NOON

CONSENTS = "viewer { consents { kind version versionAccepted isCurrent } }"


async def a_document(kind: ConsentKind = ConsentKind.PRIVACY) -> ConsentDocument:
    return await ConsentDocument.publish(
        kind,
        title="隐私政策",
        url="https://shequn.example.cn/privacy",
        is_required=True,
        staff_id=(await a_staff()).id,
        at=NOON,
    )


async def test_agreeing_counts_until_a_new_version_is_published(callers: Callers) -> None:
    await a_document()
    caller = await callers.member(await a_member())

    given = await caller.do("giveConsent", {"kind": "PRIVACY", "version": 1}, CONSENTS)
    await a_document()
    later = await caller.data(f"{{ {CONSENTS} }}")

    assert given["viewer"]["consents"] == [{"kind": "PRIVACY", "version": 1, "versionAccepted": 1, "isCurrent": True}]
    assert later["viewer"]["consents"] == [{"kind": "PRIVACY", "version": 2, "versionAccepted": 1, "isCurrent": False}]


@pytest.mark.parametrize("version", [0, 1, 3, -1])
async def test_another_version_than_the_latest_is_refused(callers: Callers, version: int) -> None:
    await a_document()
    await a_document()
    caller = await callers.member(await a_member())

    assert await caller.refusal("giveConsent", {"kind": "PRIVACY", "version": version}) == "CONSENT_OUTDATED"
    assert await Consent.all().count() == 0


async def test_a_consent_taken_back_no_longer_counts_and_both_acts_are_kept(callers: Callers) -> None:
    await a_document()
    caller = await callers.member(await a_member())
    await caller.do("giveConsent", {"kind": "PRIVACY", "version": 1})

    payload = await caller.do("withdrawConsent", {"kind": "PRIVACY"}, CONSENTS)

    assert payload["viewer"]["consents"] == [
        {"kind": "PRIVACY", "version": 1, "versionAccepted": None, "isCurrent": False}
    ]
    assert [one.act for one in await Consent.all().order_by("id")] == [ConsentAct.GIVEN, ConsentAct.WITHDRAWN]


async def test_agreeing_twice_is_one_act(callers: Callers) -> None:
    await a_document()
    caller = await callers.member(await a_member())

    for _ in range(2):
        await caller.do("giveConsent", {"kind": "PRIVACY", "version": 1})

    assert await Consent.all().count() == 1


async def test_what_was_never_given_cannot_be_taken_back(callers: Callers) -> None:
    await a_document()
    caller = await callers.member(await a_member())

    assert await caller.refusal("withdrawConsent", {"kind": "PRIVACY"}) == "NOT_FOUND"


async def test_a_consent_is_never_altered(database: str) -> None:
    await a_document()
    await Consent.give((await a_member()).id, ConsentKind.PRIVACY, 1, at=NOON)

    with pytest.raises(IntegrityError):
        await execute("UPDATE consent SET version = 2")


async def test_staff_publish_the_next_version(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("members.write"))
    given = {"kind": "TERMS", "title": "用户协议", "url": "https://shequn.example.cn/terms"}

    payloads = [await staff.do("publishConsentDocument", given, "version") for _ in range(2)]

    assert [payload["version"] for payload in payloads] == [1, 2]
    assert await AuditRow.filter(action="publish_consent_document").count() == 2


async def test_only_a_colleague_of_the_whole_brand_publishes_documents(callers: Callers) -> None:
    given = {"kind": "TERMS", "title": "用户协议", "url": "https://shequn.example.cn/terms"}
    regional = await callers.staff(await a_staff(scope=DataScope.REGION, region="华东"))
    query = 'mutation { publishConsentDocument(input: {kind: TERMS, title: "协议", url: "https://a.cn"}) { version } }'

    assert await regional.refusal("publishConsentDocument", given) == "NOT_FOUND"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await ConsentDocument.all().count() == 0
