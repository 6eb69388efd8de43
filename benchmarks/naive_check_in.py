"""A check-in as records of the ORM are used: each read, changed and saved in its turn, in one transaction."""

import hashlib
from datetime import datetime
from uuid import UUID

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak, rewards_due
from models.eligibility import Due
from models.groups.membership import Membership
from models.idempotency import IdempotencyKey
from models.insight.standing import standing_changed
from models.members.member import Member
from models.points.account import Account, Bucket, Currency, of_member, of_platform
from models.points.entry import PointEntry
from models.points.lot import NEVER, PointLot
from store.database import transaction
from store.ids import new_id


async def check_in(member_id: UUID, key: str, *, at: datetime) -> tuple[CheckIn, CheckInPlan]:
    """The check-in of the day, paid, and the plan that it was made under; raises `IntegrityError` for a second one."""
    plan = await CheckInPlan.get(is_default=True, is_active=True)
    day, check_in_id = plan.day_of(at), new_id()
    async with transaction():
        await IdempotencyKey.create(
            principal=f"member:{member_id}",
            operation="CheckIn",
            key=key,
            input_hash=hashlib.sha256(key.encode()).hexdigest(),
            result_id=check_in_id,
            created_at=at,
        )
        member = await Member.select_for_update().get(id=member_id)
        member.version, member.last_active_at = member.version + 1, at
        await member.save(update_fields=["version", "last_active_at"])
        places = Membership.filter(member_id=member_id, group__status="active")
        place = await places.order_by("joined_at", "id").first()
        streak = await Streak.get_or_none(member_id=member_id, plan_id=plan.id)
        after = (streak.progress if streak else Progress()).advance(day, plan)
        due = rewards_due(after, plan)
        made = await CheckIn.create(
            id=check_in_id,
            member_id=member_id,
            plan_id=plan.id,
            plan_version=plan.version,
            group_id=place.group_id if place else None,
            business_day=day,
            day_index=after.cycle_done,
            streak_days=after.current_days,
            points_paid=sum(one.points for one in due),
            created_at=at,
        )
        streak = streak or Streak(member_id=member_id, plan_id=plan.id)
        await streak.update_from_dict({**vars(after), "updated_at": at}).save()
        await _pay(member_id, plan, due, f"check_in:{check_in_id}", at=at)
        await standing_changed([member_id], at=at)
    return made, plan


async def _pay(member_id: UUID, plan: CheckInPlan, due: list[Due], source: str, *, at: datetime) -> None:
    entries = []
    for own, currency in sorted((of_member(member_id, currency).id, currency) for currency in Currency):
        account = await Account.select_for_update().get(id=own)
        pool = of_platform(Bucket.ISSUED, currency).id
        for one in due:
            amount = one.points if currency is Currency.POINTS else one.growth
            if not amount:
                continue
            account.balance, account.earned_total = account.balance + amount, account.earned_total + amount
            shared = {
                "transfer_id": new_id(),
                "currency": currency,
                "reason": one.reason,
                "source": source,
                "rule_id": plan.id,
                "rule_version": plan.version,
                "posted_at": at,
            }
            out = PointEntry(account_id=pool, bucket=Bucket.ISSUED, amount=-amount, **shared)
            into = PointEntry(
                account_id=own,
                member_id=member_id,
                bucket=Bucket.AVAILABLE,
                amount=amount,
                balance_after=account.balance,
                earned_at=at,
                **shared,
            )
            entries += [out, into]
        await account.save(update_fields=["balance", "earned_total"])
        points = sum(one.points for one in due) if currency is Currency.POINTS else 0
        if points:
            await _keep(own, member_id, points)
    await PointEntry.bulk_create(entries)


async def _keep(account_id: UUID, member_id: UUID, points: int) -> None:
    """Put points into the lot of those that never lapse."""
    lot = await PointLot.select_for_update().get_or_none(account_id=account_id, expires_at=NEVER)
    lot = lot or PointLot(account_id=account_id, member_id=member_id, expires_at=NEVER, remaining=0)
    lot.remaining += points
    await lot.save()
