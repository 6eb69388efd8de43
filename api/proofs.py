"""Pictures that members hand in as proof: `POST /uploads/proofs` takes one in, `GET /files/proofs/{id}` shows it.

The body of an upload is the picture itself, or a form with it: JPEG, PNG or WebP by its own bytes. It is drawn anew
before it is kept, as JPEG and without anything else that it carried, such as where it was taken. It lies where other
documents do, under no public address, and is shown to the member that handed it over and to reviewers who see that
member; to everybody else it looks as if it were not there, and nobody's cache keeps it. The row comes first: a file
without a row would never be removed.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.beside import context_of, file_of, unavailable
from api.drawing_room import room
from api.errors import ErrorCode, RequestRefused
from auth.caller import CallerKind
from auth.permissions import IsMember, StaffCan
from auth.platforms import documents
from auth.rate_limit import Rate, limit
from auth.scope import demand_member
from engine.cursor import encode_id
from models.errors import NotFound
from models.spread.forward_proof import ForwardProof
from models.spread.poster_picture import PIXELS_MOST, BadPicture, proof_of
from models.staff.right import StaffRight
from platforms.errors import Unavailable
from schema.ids import id_of
from store.ids import new_id

UPLOAD = "/uploads/proofs"
UPLOAD_BYTES = 10 * 1024 * 1024
MEMBERS, REVIEWERS = IsMember(), StaffCan(StaffRight.SPREAD_REVIEW)
RATE = Rate("forward proofs", most=30, seconds=3_600)


async def upload_proof(request: Request) -> JSONResponse:
    """The route that takes a picture in; what it refuses is answered by the guard in front of it."""
    context = await context_of(request)
    MEMBERS.demand(context)
    await limit(RATE, f"member:{context.member_id}", at=context.at)
    content, proof_id = await file_of(request), new_id()
    if len(content) > UPLOAD_BYTES:
        raise RequestRefused(ErrorCode.BODY_TOO_LARGE, f"A picture has at most {UPLOAD_BYTES} bytes.")
    try:
        picture = await room.run(partial(proof_of, content))
    except BadPicture:
        message = f"A proof is a JPEG, PNG or WebP of at most {PIXELS_MOST} pixels."
        raise RequestRefused(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message) from None
    key = f"proofs/{context.member_id.hex}/{proof_id.hex}"
    proof = await ForwardProof.take_in(
        proof_id,
        context.member_id,
        storage_key=key,
        content_type="image/jpeg",
        sha256=picture.sha256,
        at=context.at,
    )
    try:
        await documents().put_document(key, picture.content)
        if not await ForwardProof.exists(id=proof.id):
            # Its member has closed the account meanwhile.
            await documents().delete(key)
            raise NotFound()
    except Unavailable:
        raise unavailable() from None
    return JSONResponse({"proof": {"id": encode_id("ForwardProof", proof.id)}}, 201)


async def show_proof(request: Request) -> Response:
    """The route that shows a picture to those who may see it."""
    context = await context_of(request)
    proof = await ForwardProof.existing(id_of("ForwardProof", request.path_params["id"], field="id"))
    if context.caller.kind is not CallerKind.MEMBER:
        REVIEWERS.demand(context)
        await demand_member(context, proof.member_id)
    elif proof.member_id != context.member_id:
        raise NotFound()
    try:
        picture = await documents().get_document(proof.storage_key)
    except Unavailable:
        raise unavailable() from None
    if picture is None:
        raise NotFound()
    headers = {"cache-control": "no-store", "content-security-policy": "default-src 'none'; sandbox"}
    return Response(picture.content, media_type=picture.content_type, headers=headers)
