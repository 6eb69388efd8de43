"""Files beside courses: `POST /uploads/materials` takes one in, `GET /materials` hands one out.

The body of an upload is the file itself; what is said of it stands in the address: `courseId`, `name`, and maybe
`sessionId` and `isPreview=true`. What a file is, its own bytes say, and it is saved under an ending of that kind. A
download bears a `ticket`, which an answer gave its reader; it stands in the query, which no log keeps. Files are handed
out to be saved and never shown in place, so that nothing in them runs as ours.
"""

import hashlib
from dataclasses import replace
from pathlib import PurePath
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.beside import context_of, unavailable
from api.errors import ErrorCode, RequestRefused
from auth import context as auth_context
from auth.context import Context
from auth.permissions import StaffCan
from auth.platforms import documents
from auth.scope import demand_course
from engine.cursor import encode_id
from models.errors import NotFound
from models.learning.material import NAME_MOST, Material, MaterialTerms, StoredFile, is_open_to, known_name
from models.learning.material_ticket import MaterialTicket
from models.staff.right import StaffRight
from platforms.errors import Unavailable
from platforms.storage.document import ENDINGS
from platforms.storage.storage import DOCUMENT_BYTES, NotADocument, TooLarge
from schema.ids import id_of, optional_id_of
from store.ids import new_id

UPLOAD, DOWNLOAD = "/uploads/materials", "/materials"
UPLOAD_BYTES = DOCUMENT_BYTES
WRITING = StaffCan(StaffRight.COURSES_WRITE)
PLAIN = frozenset({".txt", ".md", ".csv"})
"""Endings under which plain text may be saved."""


async def upload_material(request: Request) -> JSONResponse:
    """The route that takes a file in; what it refuses is answered by the guard in front of it."""
    context = await context_of(request)
    WRITING.demand(context)
    asked = request.query_params
    course_id = id_of("Course", asked.get("courseId", ""), field="courseId")
    await demand_course(context, course_id)
    session_id = optional_id_of("CourseSession", asked.get("sessionId"), field="sessionId")
    terms = MaterialTerms(known_name(asked.get("name", "")), session_id, is_preview=asked.get("isPreview") == "true")
    material = await _kept(context, course_id, terms, await request.body())
    told = {
        "id": encode_id("Material", material.id),
        "name": material.name,
        "contentType": material.content_type,
        "size": material.size,
    }
    return JSONResponse({"material": told}, 201)


async def _kept(context: Context, course_id: UUID, terms: MaterialTerms, content: bytes) -> Material:
    """The file in the storage, and the row that tells of it. A file whose row is refused is nobody's and hurts not."""
    material_id = new_id()
    key = f"materials/{course_id.hex}/{material_id.hex}"
    try:
        document = await documents().put_document(key, content)
    except NotADocument:
        message = f"A file is one of {', '.join(sorted(set(ENDINGS.values())))}."
        raise RequestRefused(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message) from None
    except TooLarge:
        raise RequestRefused(ErrorCode.BODY_TOO_LARGE, f"A file has at most {DOCUMENT_BYTES} bytes.") from None
    except Unavailable:
        raise unavailable() from None
    named = replace(terms, name=saved_name(terms.name, document.content_type))
    file = StoredFile(key, document.content_type, len(content), hashlib.sha256(content).hexdigest())
    return await Material.add_file(material_id, course_id, named, file, staff_id=context.staff_id, at=context.at)


async def download_material(request: Request) -> Response:
    """The route that hands a file out to the reader of a ticket, who may read it still."""
    at = auth_context.CLOCK.now()
    ticket = MaterialTicket.read(request.query_params.get("ticket", ""), at=at)
    material = await Material.get_or_none(id=ticket.material_id) if ticket else None
    if ticket is None or material is None or material.storage_key is None:
        raise NotFound()
    if not await is_open_to(ticket.kind, ticket.reader_id, material, at=at):
        raise NotFound()
    try:
        document = await documents().get_document(material.storage_key)
    except Unavailable:
        raise unavailable() from None
    if document is None:
        raise NotFound()
    return Response(document.content, media_type=document.content_type, headers=_to_be_saved(material.name))


def saved_name(name: str, content_type: str) -> str:
    """A file's name with an ending of its kind, so that no reader's machine takes it for something else."""
    ending = PurePath(name).suffix.lower()
    wanted = f".{ENDINGS[content_type]}"
    if ending == wanted or (content_type == "text/plain" and ending in PLAIN):
        return name
    return f"{name[: NAME_MOST - len(wanted)]}{wanted}"


def _to_be_saved(name: str) -> dict[str, str]:
    plain = f"material{PurePath(name).suffix}"
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
    }
