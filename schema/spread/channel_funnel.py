"""The funnel of channels in the contract."""

from typing import Annotated, Self

import strawberry

from models.spread.channel import Channel as ChannelRecord
from models.spread.channel_funnel import FunnelBy, Touch
from models.spread.channel_funnel import FunnelRow as Counted
from models.spread.scene_code import SceneCode as SceneCodeRecord
from schema.enums import publish
from schema.scalars import BigInt
from schema.spread.channel import Channel
from schema.spread.scene_code import SceneCode

publish(
    FunnelBy,
    "What a row of the funnel tells of.",
    channel="Of the codes of a channel.",
    code="Of one code.",
    campaign="Of the codes of a campaign.",
)
publish(
    Touch,
    "Which touch a newcomer is counted for.",
    first="The first visit within the window before it registered.",
    last="The last visit before it registered.",
)


@strawberry.type(description="What came of the visits of a period; each later step is told of those who registered.")
class FunnelRow:
    channel: Channel | None = strawberry.field(description="Whose row it is; absent for codes without a channel.")
    code: SceneCode | None = strawberry.field(description="Whose row it is, where it is of one code.")
    campaign: str | None = strawberry.field(description="Whose row it is; absent for codes without a campaign.")
    visits: int = strawberry.field(description="Visits, one a day for each visitor and code.")
    visitors: int = strawberry.field(description="Of how many visitors.")
    counted: int = strawberry.field(description="How many of the visits count.")
    registered: int = strawberry.field(description="Who came by one of these visits and became a member.")
    introduced: int = strawberry.field(description="Of them, who introduced themselves.")
    checked_in: int = strawberry.field(description="Who has checked in.")
    purchased: int = strawberry.field(description="Who has bought something.")
    ripe_7: int = strawberry.field(name="ripe7", description="Those whose days 7 to 13 are over.")
    retained_7: int = strawberry.field(name="retained7", description="Of these, who checked in on one of them.")
    ripe_30: int = strawberry.field(name="ripe30", description="Those whose days 30 to 36 are over.")
    retained_30: int = strawberry.field(name="retained30", description="Of these, who checked in on one of them.")
    cost: BigInt | None = strawberry.field(description="Minor units spent in the period; absent where none is booked.")
    cost_per_registered: BigInt | None = strawberry.field(description="Minor units for each of those who registered.")

    @classmethod
    def of(cls, row: Counted, by: FunnelBy, found: dict[str, object]) -> Self:
        named: dict[str, object] = dict.fromkeys(("channel", "code", "campaign"))
        named[by] = (row.key or None) if by is FunnelBy.CAMPAIGN else found.get(row.key)
        figures = {name: value for name, value in vars(row).items() if name != "key"}
        return cls(**named, **figures, cost_per_registered=row.cost_per_registered)  # type: ignore[arg-type]  # by the names of the fields


RECORDS: dict[FunnelBy, type[ChannelRecord] | type[SceneCodeRecord]] = {
    FunnelBy.CHANNEL: ChannelRecord,
    FunnelBy.CODE: SceneCodeRecord,
}
"""Which record a row is of."""


@strawberry.input(description="Which codes a funnel is about; all of them where nothing is named.")
class FunnelWaysInput:
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Those of a channel.")
    campaign: str | None = strawberry.field(default=None, description="Those of a campaign.")
    code_id: strawberry.ID | None = strawberry.field(default=None, description="One code.")


Ways = Annotated[FunnelWaysInput | None, strawberry.argument(description="Which codes it is about; all if absent.")]
By = Annotated[FunnelBy, strawberry.argument(description="What a row tells of.")]
ByTouch = Annotated[Touch, strawberry.argument(description="Which touch a newcomer is counted for.")]
