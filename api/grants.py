"""The command `grant`: a sheet becomes a grant to many, which is then paid or waits as any other."""

import asyncio
from datetime import datetime

from models.errors import NotAllowed
from models.points.grant_batch import GrantBatch
from models.points.grant_row import ROWS_AT_ONCE, GrantRow
from models.points.grant_sheet import read_sheet, result_sheet
from models.staff.right import EVERYTHING, StaffRight
from models.staff.role import StaffRole
from models.staff.staff import Staff


async def hand_in(sheet: bytes, *, staff_name: str, name: str, is_trial: bool, at: datetime) -> tuple[str, bool]:
    """Draw a grant up and hand it in where every row is good; returns the rows with problems, or what became of it.

    Raises `Invalid` for a sheet that cannot be read, `NotFound` and `NotAllowed` for the staff member.
    """
    given = await asyncio.to_thread(read_sheet, sheet)
    staff = await _who_may_grant(staff_name)
    batch = await GrantBatch.draft(name=name, reason=name, staff_id=staff.id, at=at)
    for start in range(0, len(given), ROWS_AT_ONCE):
        await GrantRow.add(batch.id, given[start : start + ROWS_AT_ONCE], staff_id=staff.id, at=at)
    faulty = await GrantRow.filter(batch_id=batch.id, problem__not_isnull=True).order_by("position")
    if faulty:
        return result_sheet(faulty), False
    if not is_trial:
        batch = await GrantBatch.submit(batch.id, staff_id=staff.id, at=at)
    sums = await batch.sums()
    return f"{batch.status}: {sums.payable} rows, {sums.points} points.\n", True


async def _who_may_grant(name: str) -> Staff:
    staff = await Staff.get_or_none(name=name, is_active=True)
    role = await StaffRole.get(id=staff.role_id) if staff else None
    if staff is None or role is None or not {EVERYTHING, StaffRight.POINTS_GRANT} & set(role.permissions):
        raise NotAllowed(field="staff")
    return staff
