"""Short random histories; `python -m tests.points.stateful --operations 100000` is a long one."""

import pytest

from tests.points.stateful.history import history
from tests.points.stateful.world import OPERATIONS


@pytest.mark.parametrize("seed", [20261123, 7])
async def test_the_ledger_does_what_a_small_model_of_it_does(database: str, seed: int) -> None:
    world = await history(450, seed)

    assert set(world.acts) == {act.__name__ for act in OPERATIONS}
