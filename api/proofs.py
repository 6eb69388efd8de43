"""Pictures that members hand in as proof: `POST /uploads/proofs` takes one in, `GET /files/proofs/{id}` shows it.

The body of an upload is the picture itself: JPEG, PNG, GIF or WebP by its own bytes. A picture is shown to the member
that handed it over and to reviewers who see that member; to everybody else it looks as if it were not there, and
nobody's cache keeps it.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.errors import ErrorCode, RequestRefused
from api.guard import exchange_of, headers_of
from auth.caller import CallerKind
from auth.context import Context, open_context
from auth.permissions import IsMember, StaffCan
from auth.platforms import pictures
from auth.rate_limit import Rate, limit
from auth.scope import demand_member
from engine.cursor import encode_id
from models.errors import NotFound
from models.spread.forward_proof import ForwardProof
from models.staff.right import StaffRight
from platforms.errors import Unavailable
from platforms.storage.storage import NotAPicture, TooLarge
from schema.ids import id_of
from store.ids import new_id

UPLOAD = "/uploads/proofs"
UPLOAD_BYTES = 10 * 1024 * 1024
MEMBERS, REVIEWERS = IsMember(), StaffCan(StaffRight.SPREAD_REVIEW)
RATE = Rate("forward proofs", most=30, seconds=3_600)


async def upload_proof(request: Request) -> JSONResponse:
    """The route that takes a picture in; what it refuses is answered by the guard in front of it."""
    context = await _context(request)
    MEMBERS.demand(context)
    await limit(RATE, f"member:{context.member_id}", at=context.at)
    content, proof_id = await request.body(), new_id()
    key = f"proofs/{context.member_id.hex}/{proof_id.hex}"
    try:
        picture = await pictures().put(key, content)
    except NotAPicture:
        message = "A proof is a JPEG, PNG, GIF or WebP."
        raise RequestRefused(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message) from None
    except TooLarge:
        raise RequestRefused(ErrorCode.BODY_TOO_LARGE, f"A picture has at most {UPLOAD_BYTES} bytes.") from None
    except Unavailable:
        raise _unavailable() from None
    proof = await ForwardProof.take_in(
        proof_id,
        context.member_id,
        storage_key=key,
        content_type=picture.content_type,
        sha256=hashlib.sha256(content).hexdigest(),
        at=context.at,
    )
    return JSONResponse({"proof": {"id": encode_id("ForwardProof", proof.id)}}, 201)


async def show_proof(request: Request) -> Response:
    """The route that shows a picture to those who may see it."""
    context = await _context(request)
    proof = await ForwardProof.existing(id_of("ForwardProof", request.path_params["id"], field="id"))
    if context.caller.kind is not CallerKind.MEMBER:
        REVIEWERS.demand(context)
        await demand_member(context, proof.member_id)
    elif proof.member_id != context.member_id:
        raise NotFound()
    try:
        picture = await pictures().get(proof.storage_key)
    except Unavailable:
        raise _unavailable() from None
    if picture is None:
        raise NotFound()
    headers = {"cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox"}
    return Response(picture.content, media_type=picture.content_type, headers=headers)


async def _context(request: Request) -> Context:
    address = request.client.host if request.client else None
    return await open_context(headers_of(request.scope), address, exchange_of(request.scope).request_id)


def _unavailable() -> RequestRefused:
    return RequestRefused(ErrorCode.SERVICE_UNAVAILABLE, "The storage does not answer.", {"retry-after": "2"})
