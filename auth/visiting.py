"""A visit by a code, from anybody: how often one address and one device may say so, and what it is told."""

from auth.caller import CallerKind
from auth.context import Context
from auth.rate_limit import Rate, limit
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from models.spread.visitor import household

VISITS_PER_ADDRESS = Rate("visit-address", 120)
"""Behind one gateway of a carrier sit many people."""
VISITS_PER_DEVICE = Rate("visit-device", 20)


async def visit(context: Context, scene: str, device: str | None) -> str | None:
    """Write a visit down; the page that the code leads to, or None. Raises `RateLimited`.

    What is told is the same whether it was the first, or counts, or not: an answer says nothing of who came before.
    """
    await limit(VISITS_PER_ADDRESS, household(context.address) if context.address else "unknown", at=context.at)
    if device:
        await limit(VISITS_PER_DEVICE, device, at=context.at)
    code = await SceneCode.found(scene)
    if code is None:
        return None
    await Visit.record(
        code,
        member_id=context.caller.id if context.caller.kind is CallerKind.MEMBER else None,
        device=device,
        address=context.address,
        agent=context.agent,
        at=context.at,
    )
    return code.page if code.holds(context.at) else None
