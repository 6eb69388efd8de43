"""What members hand in for camps, in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.declare import Node, computed, one, record_type
from models.learning.camp import Camp as CampRecord
from models.learning.camp_post import CampPost as CampPostRecord
from models.learning.camp_task import CampTask as CampTaskRecord
from models.members.member import Member as MemberRecord
from schema.learning.camp_place import CampPlace
from schema.learning.camp_sight import posts_seen
from schema.learning.camp_task import CampTask
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.learning.camp import Camp


@record_type(CampPostRecord, description="What a member handed in for a task of a camp.", visible=posts_seen)
class CampPost(Node):
    camp: Annotated["Camp", strawberry.lazy("schema.learning.camp")] = one(
        CampRecord, "camp_id", description="The camp."
    )
    task: CampTask = one(CampTaskRecord, "task_id", description="The task.")
    member: Member = one(MemberRecord, "member_id", description="Who handed it in.")
    day: int = strawberry.field(description="The day of the task.")
    words: str | None = strawberry.field(description="What was written.")
    is_late: bool = strawberry.field(description="Whether the day was over.")
    is_showcase: bool = strawberry.field(description="Whether staff show it as an example.")
    created_at: datetime = strawberry.field(description="When it was handed in.")
    voided_at: datetime | None = strawberry.field(description="When staff took it out.")
    void_reason: str | None = strawberry.field(description="Why.")

    @computed(needs=("pictures",), bound=9, description="Addresses of its pictures.")
    def pictures(self: Any) -> list[str]:
        return list(self.pictures)


@strawberry.input(description="What is handed in for a task.")
class HandInCampTaskInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")
    words: str | None = strawberry.field(default=None, description="Up to 1000 characters.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Up to 9 addresses of pictures.")


@strawberry.input(description="A post to show as an example, or no longer.")
class ShowCampPostInput:
    post_id: strawberry.ID = strawberry.field(description="The post.")
    is_showcase: bool = strawberry.field(default=True, description="Show it, or no longer.")


@strawberry.input(description="A post to take out.")
class VoidCampPostInput:
    post_id: strawberry.ID = strawberry.field(description="The post.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; its member reads it.")


@strawberry.type
class PostPayload(Payload):
    post: CampPost | None = changed("The post.")


@strawberry.type(description="What was handed in.")
class HandInCampTaskPayload(PostPayload):
    place: CampPlace | None = changed("The caller's place.")


@strawberry.type(description="A post that is shown as an example, or no longer.")
class ShowCampPostPayload(PostPayload):
    pass


@strawberry.type(description="A post that was taken out; its task is open again.")
class VoidCampPostPayload(PostPayload):
    pass
