"""A plan as text: what each part of an operation does, with its statements, as `EXPLAIN` tells it of SQL."""

from collections.abc import Iterator

from engine.plan import ObjectPlan
from engine.run import Run


def explained(plan: ObjectPlan, run: Run, *, source: bool = False) -> str:
    """The plan as `run` would go through it; with the `source` of the generated functions where that is wanted."""
    return "\n".join(_lines(plan, run, 0, source=source))


def _lines(plan: ObjectPlan, run: Run, depth: int, *, source: bool) -> Iterator[str]:
    margin = "  " * depth
    ready = [leaf.asked.key for leaf in plan.leaves] + list(plan.constants)
    yield f"{margin}{plan.type_name}: {', '.join(ready) if ready else 'no leaves'}"
    if source:
        yield from (f"{margin}  | {line}" for line in plan.source.rstrip().splitlines())
    for step in plan.steps:
        told = step.explain(run)
        yield f"{margin}- {told.line}"
        if told.statement:
            yield f"{margin}    {told.statement}"
        for below in told.below:
            yield from _lines(below, run, depth + 1, source=source)
