"""A daily look at open tasks: a draw, an earn rule or a policy that came later may make one break what it did not.

What is found stands on the task, for staff to accept in a new version, to change, or to stop; nothing is stopped by it.
"""

from datetime import datetime

from tortoise.expressions import Q

from models.one_by_one import OneByOne
from models.spread.forward_task import ForwardTask, ForwardTaskState
from models.spread.sharing_acceptance import SharingAcceptance, surroundings
from models.spread.sharing_rules import violated
from store.brand_day import brand_day

LOOKED_AT_ONCE = 200


async def look_at_rules(*, at: datetime) -> int:
    """Look at the open tasks of the mini-program that were not looked at today; how many break something new."""
    today, broken, run = brand_day(at), 0, OneByOne("look at sharing rules")
    open_ones = ForwardTask.filter(state=ForwardTaskState.PUBLISHED, in_mini_program=True)
    due = open_ones.filter(Q(looked_at_on__isnull=True) | Q(looked_at_on__lt=today))
    for task in await due.order_by("id").limit(LOOKED_AT_ONCE):
        broken += bool(await run.do(task.id, _look(task, at=at)))
    return broken


async def _look(task: ForwardTask, *, at: datetime) -> bool:
    accepted = await SharingAcceptance.get_or_none(task_id=task.id, version=task.version)
    known = {one["code"] for one in accepted.clauses} if accepted else set()
    found = [one.code for one in violated(task.terms, await surroundings(task.terms, at=at)) if one.code not in known]
    same = ForwardTask.filter(id=task.id, version=task.version)
    return bool(await same.update(broken=found, looked_at_on=brand_day(at))) and bool(found)
