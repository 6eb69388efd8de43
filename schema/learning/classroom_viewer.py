"""What a member can see of its own learning."""

import strawberry

from engine.declare import Connection, connection
from engine.relation import Condition
from models.learning.attendance import Attendance as AttendanceRecord
from models.learning.completion import CourseCompletion as CourseCompletionRecord
from models.learning.enrollment import Enrollment as EnrollmentRecord
from models.learning.watching import Watching as WatchingRecord
from schema.learning.attendance import Attendance, Watching
from schema.learning.completion import CourseCompletion
from schema.learning.enrollment import Enrollment


@strawberry.type
class ClassroomViewer:
    enrollments: Connection[Enrollment] = connection(
        EnrollmentRecord, "member_id", order=("-created_at", "-id"), description="The caller's seats, newest first."
    )
    attendances: Connection[Attendance] = connection(
        AttendanceRecord,
        "member_id",
        order=("-created_at", "-id"),
        where=Condition("{row}.voided_at IS NULL"),
        description="The sessions that the caller took part in, newest first.",
    )
    watchings: Connection[Watching] = connection(
        WatchingRecord, "member_id", order=("-updated_at", "-id"), description="What the caller watched, latest first."
    )
    course_completions: Connection[CourseCompletion] = connection(
        CourseCompletionRecord,
        "member_id",
        order=("-completed_at", "-id"),
        where=Condition("{row}.revoked_at IS NULL"),
        description="The courses that the caller has completed, newest first.",
    )
