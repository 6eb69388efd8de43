"""Small builders of channels, codes and visits."""

from datetime import datetime
from itertools import count

from models.members.identity import PlatformName
from models.members.member import Member
from models.members.registration import PlatformLogin
from models.spread.channel import Channel, ChannelKind
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from tests.build import LONG_AGO

_numbers = count()


async def a_channel(name: str | None = None, kind: ChannelKind = ChannelKind.XIAOHONGSHU) -> Channel:
    return await Channel.create(name=name or f"渠道{next(_numbers)}", kind=kind, created_at=LONG_AGO)


async def a_code(
    inviter: Member | None = None, channel: Channel | None = None, campaign: str | None = None
) -> SceneCode:
    return await SceneCode.of(
        inviter_id=inviter.id if inviter else None,
        channel_id=channel.id if channel else None,
        campaign=campaign,
        at=LONG_AGO,
    )


async def a_visit(code: SceneCode, device: str | None = None, *, at: datetime, member: Member | None = None) -> Visit:
    """A visit of a device that nobody else has, unless it is named."""
    visit = await Visit.record(
        code, device=device or f"device-{next(_numbers)}", member_id=member.id if member else None, at=at
    )
    assert visit is not None
    return visit


def a_login(name: str) -> PlatformLogin:
    return PlatformLogin(PlatformName.WECHAT, "wx-shop", f"o{name}", None, "session-key")
