"""Writing a challenge: draft, change, publish, cancel. One statement decides which of two editors was first."""

from datetime import datetime
from uuid import UUID

from models.checkins.plan import CheckInPlan
from models.checkins.squad_challenge import ChallengeOver, ChallengeStatus, SquadChallenge
from models.checkins.squad_terms import FIXED, SquadTerms
from models.errors import DomainError, Invalid, bounded_text
from models.groups.circle import Circle
from models.groups.group import Group
from models.idempotency import Once, perform_once
from models.staff.audit import REASON_MOST
from store.database import transaction


class ChallengeChanged(DomainError):
    code = "CHALLENGE_CHANGED"
    zh = "该挑战刚被他人修改，请刷新后重试"
    en = "Somebody changed this challenge meanwhile; read it again."
    field = "expectedVersion"


class ChallengeTermsFixed(DomainError):
    code = "CHALLENGE_TERMS_FIXED"
    zh = "挑战发布后不能更改此项"
    en = "This cannot be changed once the challenge is published."


class ChallengePublished(DomainError):
    code = "CHALLENGE_PUBLISHED"
    zh = "该挑战已发布"
    en = "This challenge was published before."


async def create_challenge(terms: SquadTerms, *, staff_id: UUID, at: datetime, once: Once | None) -> SquadChallenge:
    """A new draft, which no member sees. Raises `Invalid`, `NotFound`."""

    async def write(id: UUID) -> SquadChallenge:
        challenge = SquadChallenge(id=id, created_at=at)
        await _say(challenge, terms)
        await challenge.save(force_create=True)
        await challenge.audit("create_squad_challenge", None, staff_id=staff_id, reason=None, at=at)
        return challenge

    return await perform_once(once, SquadChallenge, write, at=at)


async def change_challenge(
    id: UUID, terms: SquadTerms, *, expected_version: int, reason: str | None, staff_id: UUID, at: datetime
) -> SquadChallenge:
    """Say all of a challenge anew. Raises `ChallengeChanged`, `ChallengeOver`, `ChallengeTermsFixed`, `Invalid`,
    `NotFound`.
    """
    async with transaction():
        challenge = await SquadChallenge.held(id)
        if challenge.version != expected_version:
            raise ChallengeChanged()
        if challenge.status in (ChallengeStatus.ENDED, ChallengeStatus.CANCELLED):
            raise ChallengeOver()
        before = challenge.told()
        await _say(challenge, terms)
        if challenge.is_published:
            _refuse_changed(challenge, before)
        challenge.version += 1
        await challenge.save()
        await challenge.audit("change_squad_challenge", before, staff_id=staff_id, reason=reason, at=at)
    return challenge


async def publish_challenge(id: UUID, *, expected_version: int, staff_id: UUID, at: datetime) -> SquadChallenge:
    """Show a draft to members, who may form squads from now on.

    Raises `ChallengePublished`, `ChallengeChanged`, `NotFound`, and `ChallengeOver` where no squad could form.
    """
    async with transaction():
        challenge = await SquadChallenge.held(id)
        if challenge.status is not ChallengeStatus.DRAFT:
            raise ChallengePublished()
        if challenge.version != expected_version:
            raise ChallengeChanged()
        if challenge.forms_until <= at:
            raise ChallengeOver(field="formsUntil")
        before: dict[str, object] = {"status": challenge.status}
        challenge.status, challenge.published_at = ChallengeStatus.PUBLISHED, at
        challenge.version += 1
        await challenge.save(update_fields=["status", "published_at", "version"])
        await challenge.audit("publish_squad_challenge", before, staff_id=staff_id, reason=None, at=at)
    return challenge


async def cancel_challenge(id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> SquadChallenge:
    """Call a challenge off, a draft or one that is published; a job gives stakes back.

    Raises `ChallengeOver`, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    async with transaction():
        challenge = await SquadChallenge.held(id)
        is_over = challenge.is_published and challenge.ends_at <= at
        if is_over or challenge.status in (ChallengeStatus.ENDED, ChallengeStatus.CANCELLED):
            raise ChallengeOver()
        before: dict[str, object] = {"status": challenge.status}
        challenge.status, challenge.closed_at = ChallengeStatus.CANCELLED, at
        challenge.version += 1
        await challenge.save(update_fields=["status", "closed_at", "version"])
        await challenge.audit("cancel_squad_challenge", before, staff_id=staff_id, reason=why, at=at)
    return challenge


async def _say(challenge: SquadChallenge, terms: SquadTerms) -> None:
    """Set what the terms say, and the instants that follow from them."""
    plan = await CheckInPlan.existing(terms.plan_id, field="planId")
    columns = terms.columns()
    columns["zone"] = terms.zone or plan.zone
    columns["day_start_hour"] = plan.day_start_hour if terms.day_start_hour is None else terms.day_start_hour
    forms_until = columns.pop("forms_until")
    challenge.update_from_dict(columns)
    challenge.starts_at, challenge.ends_at = challenge.day_opens(1), challenge.settles_at(challenge.days)
    if forms_until and forms_until > challenge.starts_at:
        raise Invalid("formsUntil", zh="组队截止不能晚于开始", en="squads form before it starts")
    challenge.forms_until = forms_until or challenge.starts_at
    if challenge.forms_from and challenge.forms_from >= challenge.forms_until:
        raise Invalid("formsFrom", zh="组队开始应早于组队截止", en="it must be before squads are closed")
    if challenge.circle_id:
        await Circle.existing(challenge.circle_id, field="circleId")
    if challenge.group_id:
        await Group.existing(challenge.group_id, field="groupId")


def _refuse_changed(challenge: SquadChallenge, before: dict[str, object]) -> None:
    for name in FIXED:
        if getattr(challenge, name) != before[name]:
            head, *rest = name.split("_")
            raise ChallengeTermsFixed(field=head + "".join(part.capitalize() for part in rest))
