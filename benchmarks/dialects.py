"""How a server is asked for a workload, and how its answer reads in the words of our contract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Answer = dict[str, Any]
Variables = Mapping[str, object]


@dataclass(frozen=True)
class Dialect:
    """`body` makes the request of (workload, document, variables); `told` reads an answer's data.

    `does` names the workloads that can be asked; nothing stands for all. A dialect whose cursors are its own is
    compared without them.
    """

    path: Callable[[str], str]
    body: Callable[[str, str, Variables], Variables]
    told: Callable[[str, Answer], Answer] = field(default=lambda workload, data: data)
    does: frozenset[str] | None = None
    has_own_cursors: bool = False

    def can(self, workload: str) -> bool:
        return self.does is None or workload in self.does


def _document(workload: str, document: str, variables: Variables) -> Variables:
    return {"query": document, "variables": variables}


GRAPHQL = Dialect(lambda workload: "/graphql", _document)
"""The contract itself."""

SCREENS = replace(GRAPHQL, does=frozenset({"home", "board", "page", "tree", "check-in"}))
"""The part of it that others than we know."""

BARE = Dialect(lambda workload: f"/{workload}", lambda workload, document, variables: variables, has_own_cursors=True)
"""An endpoint for each workload, which takes the variables alone."""
