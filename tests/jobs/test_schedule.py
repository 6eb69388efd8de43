"""The schedule: one process at a time works a job off, and a failing job stops nobody."""

import asyncio
from datetime import datetime, timedelta

import pytest

from jobs import schedule
from jobs.schedule import SCHEDULE, Job, run_once, running
from models.job_lease import JobLease
from store.clock import FixedClock
from store.ids import new_id
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


async def test_one_holder_has_the_lease_until_it_runs_out(database: str) -> None:
    first, second = new_id(), new_id()

    assert await JobLease.take("freeze", first, at=NOON, lasting=MINUTE)
    assert not await JobLease.take("freeze", second, at=NOON + timedelta(seconds=59), lasting=MINUTE)
    assert await JobLease.take("freeze", first, at=NOON + timedelta(seconds=59), lasting=MINUTE)
    assert await JobLease.take("freeze", second, at=NOON + timedelta(minutes=3), lasting=MINUTE)


async def test_many_at_once_take_one_lease(database: str) -> None:
    taken = await asyncio.gather(*(JobLease.take("freeze", new_id(), at=NOON, lasting=MINUTE) for _ in range(20)))

    assert sum(taken) == 1


async def test_a_failing_job_is_tried_again_and_stops_nobody(database: str) -> None:
    turns: list[datetime] = []

    async def fails(*, at: datetime) -> None:
        turns.append(at)
        raise RuntimeError("broken")

    job, holder = Job("broken", MINUTE, fails), new_id()
    await run_once(job, holder, at=NOON)
    await run_once(job, holder, at=NOON + MINUTE)

    assert turns == [NOON, NOON + MINUTE]


async def test_the_schedule_runs_beside_the_app_and_ends_with_it(database: str) -> None:
    ran = asyncio.Event()

    async def once(*, at: datetime) -> None:
        ran.set()

    async with running(FixedClock(NOON), (*SCHEDULE, Job("probe", MINUTE, once))):
        await asyncio.wait_for(ran.wait(), 5)

    assert not [task for task in asyncio.all_tasks() if task.get_name() == "probe"]


async def test_a_job_that_does_not_end_is_cut_off(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "STOP_SECONDS", 0.05)
    began, ended = asyncio.Event(), asyncio.Event()

    async def endless(*, at: datetime) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(FixedClock(NOON), (Job("endless", MINUTE, endless),)):
        await asyncio.wait_for(began.wait(), 5)

    assert ended.is_set()


def test_every_job_has_a_name_of_its_own() -> None:
    """The name is the lease: of two jobs under one, either keeps the other from its turn."""
    names = [job.name for job in SCHEDULE]

    assert len(set(names)) == len(names)
