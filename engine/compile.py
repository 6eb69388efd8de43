"""Compiling an operation: from a selection to the leaves that are written at once and the steps that lead on.

Each object of a plan is seen through a `Lens`: as Python sees it, by attributes, or as a row of which only the columns
are read that the selection needs. Where a row's selection turns out to need Python, the record is read whole instead.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from graphql import GraphQLObjectType, default_field_resolver, get_named_type, is_abstract_type

from engine.collect import (
    Ask,
    Collector,
    Details,
    NotCovered,
    arguments_of,
    standing_for,
    written_arguments,
)
from engine.columns import Columns
from engine.complete import Completion, Plans
from engine.fields import GUARD, NEEDS, metadata, relation_of
from engine.leaf import Leaf, fill_of
from engine.lens import Lens, NeedsRecord, ObjectLens, RowLens
from engine.level import Asked
from engine.lower import Lowering
from engine.page_lens import PageLens
from engine.plan import ObjectPlan, Step
from engine.relation import (
    Batch,
    ByPublicId,
    Itself,
    Listing,
    Many,
    One,
    OneBy,
    Record,
    Rooted,
    declared_by_name,
)
from engine.relations import (
    EdgesStep,
    Key,
    ManyStep,
    NodeStep,
    OneStep,
    PageAsks,
    PageStep,
    RootedStep,
)
from engine.source import Shown, Source, View
from engine.steps import AttributeStep, BatchStep, CallStep, GuardedStep, SameRowStep
from engine.writing import SqlForm

Views = Callable[[ObjectLens | RowLens], list[View]]
"""The views of rows that are seen through a lens."""


class Compiler:
    """Compiles the selections of one operation, for the truth values of its directives.

    With the `forms` of scalars in SQL, subtrees that are data alone are lowered to it.
    """

    def __init__(self, collector: Collector, *, is_postgres: bool, forms: Mapping[str, SqlForm] | None = None) -> None:
        self._collector = collector
        self._is_postgres = is_postgres
        self._lowering = None if forms is None else Lowering(collector, forms, is_postgres=is_postgres)

    def root(self) -> ObjectPlan:
        """Raises `NotCovered`."""
        type_, asks = self._collector.root()
        return self._object(type_, asks, ObjectLens())

    def below(self, type_: GraphQLObjectType, details: Details, lens: Lens) -> ObjectPlan:
        """The plan of a field's objects of this type."""
        return self._object(type_, self._collector.below(type_, details), lens)

    def _object(self, type_: GraphQLObjectType, fields: list[Ask], lens: Lens) -> ObjectPlan:
        constants: dict[str, str] = {}
        leaves: list[Leaf] = []
        steps: list[Step] = []
        reads: dict[tuple[str, str], list[tuple[Asked, Details]]] = {}
        for key, asked, details in fields:
            if asked is None:
                constants[key] = type_.name
                continue
            leaf = lens.leaf(asked) or lens.lowered(asked, details)
            if leaf is not None:
                leaves.append(leaf)
            elif isinstance(relation_of(asked.definition), One | OneBy | Many | Listing | Rooted):
                reads.setdefault((asked.name, written_arguments(asked)), []).append((asked, details))
            else:
                steps.append(self._step(asked, details, lens))
        for asks in reads.values():
            try:
                steps.append(self._read(asks, lens))
            except NotCovered:
                steps += [self._resolved(asked, details, lens) for asked, details in asks]
        keys = [key for key, _, _ in fields]
        fill, source = fill_of(keys, leaves, constants)
        return ObjectPlan(type_.name, keys, constants, leaves, fill, source, steps)

    def _step(self, asked: Asked, details: Details, lens: Lens) -> Step:
        relation = relation_of(asked.definition)
        if isinstance(relation, ByPublicId):
            return self._guarded(asked, NodeStep(asked, self._nodes(details), arguments_of(asked)))
        if isinstance(relation, Itself) or lens.is_same_row(asked):
            type_ = cast(GraphQLObjectType, get_named_type(asked.definition.type))
            return SameRowStep(asked, self.below(type_, details, lens.as_node()))
        if lens.is_edges(asked):
            type_ = cast(GraphQLObjectType, get_named_type(asked.definition.type))
            return EdgesStep(View(asked, self.below(type_, details, lens.as_edge())))
        if isinstance(relation, Batch):
            parents = lens.parents(relation.needs, relation.reads)
            return BatchStep(asked, relation.load, parents, Completion(asked, self._plans(asked, details)))
        if (read := lens.attribute(asked)) is not None:
            return AttributeStep(asked, read, Completion(asked, self._plans(asked, details)))
        return self._resolved(asked, details, lens)

    def _resolved(self, asked: Asked, details: Details, lens: Lens) -> Step:
        """The step that asks a field's resolver."""
        needs = metadata(asked.definition).get(NEEDS)
        if not lens.is_object and needs is None:
            raise NeedsRecord
        resolve = asked.definition.resolve or default_field_resolver
        completion = Completion(asked, self._plans(asked, details))
        return CallStep(asked, resolve, arguments_of(asked), lens.parents(needs), completion)

    def _read(self, asks: Sequence[tuple[Asked, Details]], lens: Lens) -> Step:
        """The step of a relation that is shown once or, under aliases, several times."""
        definition = asks[0][0].definition
        relation = cast("One | OneBy | Many | Listing | Rooted", relation_of(definition))
        if isinstance(relation, Listing):
            return self._guarded(asks[0][0], self._page(asks, relation.many, None))
        if isinstance(relation, Many) and "first" in definition.args:
            return self._page(asks, relation, lens.key(relation.parent_column))
        shown = self._shown(relation.record, lambda below: self._views(asks, below))
        if isinstance(relation, Rooted):
            return self._guarded(asks[0][0], RootedStep(shown, relation))
        if isinstance(relation, Many):
            return ManyStep(shown, relation, lens.key(relation.parent_column))
        column = relation.column if isinstance(relation, One) else relation.parent_column
        return OneStep(shown, relation, lens.key(column))

    def _page(self, asks: Sequence[tuple[Asked, Details]], many: Many, key: Key | None) -> Step:
        wants = PageAsks()
        shown = self._shown(many.record, lambda row: self._views(asks, PageLens(row, many.order, wants)))
        return PageStep(shown, many, key, arguments_of(asks[0][0]), wants)

    def _views(self, asks: Sequence[tuple[Asked, Details]], lens: Lens) -> list[View]:
        views = []
        for asked, details in asks:
            type_ = get_named_type(asked.definition.type)
            if not isinstance(type_, GraphQLObjectType):
                raise NotCovered("a relation to an abstract type")
            views.append(View(asked, self.below(type_, details, lens)))
        return views

    def _shown(self, record: Record, views: Views) -> Shown:
        """What is read of a record, and the plans that show it: by columns where that is enough."""
        return self._viewed(record, views, self._lowering, lambda: self._viewed(record, views, None, _never))

    def _viewed(self, record: Record, views: Views, lowering: Lowering | None, plainly: Callable[[], Shown]) -> Shown:
        columns = Columns(record, is_postgres=self._is_postgres)
        try:
            found = views(RowLens(columns, lowering))
            return Shown(Source(record, self._is_postgres, columns), found, plainly)
        except NeedsRecord:
            return Shown(Source(record, self._is_postgres, None), views(ObjectLens()), plainly)

    def _nodes(self, details: Details) -> Callable[[str], Shown | None]:
        """For the name of a type with public ids: what is read for it, and its plan."""
        known: dict[str, Shown] = {}

        def shown_of(name: str) -> Shown | None:
            if name not in known:
                declared, type_ = declared_by_name.get(name), self._collector.schema.get_type(name)
                if declared is None or not isinstance(type_, GraphQLObjectType):
                    return None
                asked = standing_for(type_, details)
                known[name] = self._shown(declared.record, lambda lens: self._views([(asked, details)], lens))
            return known[name]

        return shown_of

    def _plans(self, asked: Asked, details: Details) -> Plans:
        plans, type_ = _Plans(self, details), get_named_type(asked.definition.type)
        if isinstance(type_, GraphQLObjectType):
            plans(type_)
        elif is_abstract_type(type_):
            for possible in self._collector.schema.get_possible_types(type_):
                plans(possible)
        return plans

    def _guarded(self, asked: Asked, step: Step) -> Step:
        guard = metadata(asked.definition).get(GUARD)
        return GuardedStep(asked, guard, step) if guard else step


def _never() -> Shown:
    raise AssertionError("what is read plainly is not read again")


class _Plans:
    def __init__(self, compiler: Compiler, details: Details) -> None:
        self.known: dict[str, ObjectPlan] = {}
        self._compiler = compiler
        self._details = details

    def __call__(self, type_: GraphQLObjectType) -> ObjectPlan:
        plan = self.known.get(type_.name)
        if plan is None:
            plan = self.known[type_.name] = self._compiler.below(type_, self._details, ObjectLens())
        return plan
