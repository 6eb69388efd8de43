"""What a database holds before its first member: the platform's pools, the built-in roles, levels, default policies.

It is laid at every start, after the migrations, and laying it again changes nothing.
"""

from datetime import datetime, timedelta

from models.job_lease import JobLease
from models.play.red_packet_policy import RedPacketPolicy
from models.points.account import Account
from models.points.level import Level
from models.staff.role import StaffRole
from store.ids import new_id


async def lay_foundation(*, at: datetime) -> None:
    """Put in place what is missing; of several processes that start at once, one does it."""
    if await JobLease.take("lay foundation", new_id(), at=at, lasting=timedelta(seconds=10)):
        await Account.open_pools()
        await StaffRole.plant_built_in(at=at)
        await Level.plant_default(at=at)
        await RedPacketPolicy.plant_default(at=at)
