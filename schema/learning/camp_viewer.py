"""What a member can see of its own camps."""

import strawberry

from engine.declare import Connection, connection
from models.learning.camp_certificate import CampCertificate as CampCertificateRecord
from models.learning.camp_notice import CampNotice as CampNoticeRecord
from models.learning.camp_place import CampPlace as CampPlaceRecord
from schema.learning.camp_certificate import CampCertificate
from schema.learning.camp_place import CampNotice, CampPlace


@strawberry.type
class CampsViewer:
    camp_places: Connection[CampPlace] = connection(
        CampPlaceRecord,
        "member_id",
        order=("-signed_up_at", "-id"),
        description="The camps that the caller signed up for, the newest first.",
    )
    camp_certificates: Connection[CampCertificate] = connection(
        CampCertificateRecord,
        "member_id",
        order=("-issued_at", "-id"),
        description="The caller's certificates, the newest first.",
    )
    camp_notices: Connection[CampNotice] = connection(
        CampNoticeRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="What the caller was told of camps, the newest first.",
    )
