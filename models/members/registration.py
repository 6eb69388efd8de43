"""Registration: from what a platform says about a caller to the member it is, born on the spot where it is new.

Two first logins of one person at one instant make one member: the second to write its openid down is refused by the
database, forgets the member it was about to make, and finds the first one's. A unionid joins the identities of one
person across the apps of a platform.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.errors import DomainError
from models.members.former_identity import FormerIdentity
from models.members.identity import SESSION_KEY_PURPOSE, Identity, PlatformName, hash_of
from models.members.identity_kind import IdentityKind
from models.members.introduction_draft import IntroductionDraft
from models.members.member import ACTIVE, MAY_LOG_IN, Member
from models.spread.arrival import Arrival
from models.spread.member_device import MemberDevice, device_hash
from models.spread.referral import Referral
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from store.database import fetch, transaction, violates
from store.vault import vault

INVITE_CODE_MOST = 40


class MemberHasLeft(DomainError):
    code = "MEMBER_HAS_LEFT"
    zh = "该账号已停用，请联系客服"
    en = "This account is no longer in use. Please contact us."


@dataclass(frozen=True)
class PlatformLogin:
    """Who a platform says is calling."""

    platform: PlatformName
    app_id: str
    openid: str
    unionid: str | None
    session_key: str = field(repr=False)

    @property
    def issuer(self) -> str:
        return issuer_of(self.platform, self.app_id)


@dataclass(frozen=True)
class Comer:
    """How somebody came, as its client says: the scene of a code of ours, and what the client calls its device."""

    scene: str | None = None
    device: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    agent: str | None = field(default=None, repr=False)


NOTHING_SAID = Comer()


@dataclass(frozen=True)
class Recognised:
    """The member of a login. `inviter_id` is set where the login made the member and somebody had brought it."""

    member: Member
    is_new: bool = False
    inviter_id: UUID | None = None


def issuer_of(platform: PlatformName, app_id: str) -> str:
    """The issuer of an app's openids."""
    return f"{platform}:{app_id}"


async def recognise(
    login: PlatformLogin, *, at: datetime, invite_code: str | None = None, comer: Comer = NOTHING_SAID
) -> Recognised:
    """The member of a login; codes count for a new one only, and bad ones are passed over in silence.

    Raises `MemberHasLeft`.
    """
    while True:
        try:
            async with transaction():
                recognised = await _known(login, at=at) or await _born(login, invite_code, comer, at=at)
                await _seen(login, recognised.member.id, at=at)
                if not recognised.is_new and (device := device_hash(comer.device)):
                    await Visit.tie(recognised.member.id, device, is_new=False)
                    await MemberDevice.seen(recognised.member.id, device, at=at)
            return recognised
        except IntegrityError as error:
            if not violates(error, Identity, "identity_of_one_member"):
                raise


async def _known(login: PlatformLogin, *, at: datetime) -> Recognised | None:
    owner = await Identity.owner(IdentityKind.OPENID, login.issuer, login.openid)
    of_union = await Identity.owner(IdentityKind.UNIONID, login.platform, login.unionid) if login.unionid else None
    if owner is None and of_union is None:
        return None
    member_id = owner or of_union
    assert member_id is not None
    if owner is None:
        await Identity.link(member_id, IdentityKind.OPENID, login.issuer, login.openid, at=at)
    elif login.unionid and of_union is None:
        await Identity.link(member_id, IdentityKind.UNIONID, login.platform, login.unionid, at=at)
    return Recognised(await Member.get(id=member_id))


async def _born(login: PlatformLogin, invite_code: str | None, comer: Comer, *, at: datetime) -> Recognised:
    identities = [(IdentityKind.OPENID, login.issuer, login.openid)]
    if login.unionid:
        identities.append((IdentityKind.UNIONID, login.platform.value, login.unionid))
    was_here = [await FormerIdentity.knows(kind, issuer, hash_of(kind, value)) for kind, issuer, value in identities]
    member = await Member.born(at=at, is_returning=any(was_here))
    for kind, issuer, value in identities:
        await Identity.link(member.id, kind, issuer, value, at=at)
    scene = await SceneCode.found(comer.scene)
    inviter_id = await _brought(member, invite_code, scene, at=at)
    await Arrival.record(member.id, scene, device=comer.device, address=comer.address, agent=comer.agent, at=at)
    return Recognised(member, is_new=True, inviter_id=inviter_id)


async def _brought(member: Member, invite_code: str | None, scene: SceneCode | None, *, at: datetime) -> UUID | None:
    """Bind a new member to whoever gave it the code, and hand it the introduction that was drafted for it.

    An inviter's own code goes before a scene, which binds as long as it holds.
    """
    named = invite_code if invite_code and len(invite_code) <= INVITE_CODE_MOST else None
    draft = await IntroductionDraft.open_under(named) if named else None
    inviter = (
        await Member.get_or_none(**({"id": draft.inviter_id} if draft else {"invite_code": named})) if named else None
    )
    if inviter is None and scene and scene.inviter_id and scene.holds(at):
        inviter = await Member.get(id=scene.inviter_id)
    if inviter is None or inviter.status not in ACTIVE:
        return None
    if draft:
        await draft.claim(member.id, at=at)
    if member.is_returning or inviter.is_staff:
        return None
    await Referral.record(inviter.id, member.id, at=at)
    return inviter.id


async def _seen(login: PlatformLogin, member_id: UUID, *, at: datetime) -> None:
    """Keep the newest session key, unless the member may no longer log in; an erasure meanwhile is waited for."""
    rows = await fetch(
        "UPDATE member SET last_active_at = $1 WHERE id = $2 AND status IN ($3, $4, $5) RETURNING id",
        at,
        str(member_id),
        *MAY_LOG_IN,
    )
    if not rows:
        raise MemberHasLeft()
    sealed = vault().encrypt(login.session_key, purpose=SESSION_KEY_PURPOSE)
    mine = Identity.filter(member_id=member_id, kind=IdentityKind.OPENID, issuer=login.issuer)
    await mine.filter(value_hash=hash_of(IdentityKind.OPENID, login.openid)).update(
        sealed_session_key=sealed, last_seen_at=at
    )
