"""Files of questions, which travel beside GraphQL, since its answers bear JSON alone.

`POST /imports/questions?format=XLSX&name=…` takes the file itself as its body, looks through it and answers with what
it found; nothing of it is in the bank until `takeInQuestions`. `POST /exports/questions` answers with a file: its body
is JSON, `format`, `reason` and any field of the filter of `questions`. `POST /exports/question-template` answers with
an empty sheet that explains itself. Pictures inside files are kept under the hash of what they show, and served by
`GET /files/questions/…`.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.beside import context_of
from api.errors import ErrorCode, RequestRefused
from api.guard import headers_of
from api.media import accepted
from api.request import read_object
from auth.permissions import StaffCan
from auth.platforms import pictures
from auth.scope import demand_whole_brand
from engine.cursor import encode_id
from models.errors import Invalid, NotFound
from models.learning.bank_row import BankRow
from models.learning.gift_reading import read_gift
from models.learning.gift_writing import written_gift
from models.learning.moodle_reading import read_moodle
from models.learning.moodle_writing import pictures_of, written_moodle
from models.learning.question_export import QuestionExport, exported
from models.learning.question_import import BankFormat, QuestionImport
from models.learning.question_terms import QuestionTerms
from models.learning.sheet_reading import read_sheet
from models.learning.sheet_writing import template, written_sheet
from models.staff.right import StaffRight
from platforms.storage.picture import content_type
from schema.learning.question_filter import FIELDS, read_filter

IMPORT_LIMIT = 32 * 1024 * 1024
PICTURE_MOST = 10 * 1024 * 1024
PICTURES_MOST = 2_000
FOLDER = "questions"
READING, WRITING = StaffCan(StaffRight.QUIZZES_READ), StaffCan(StaffRight.QUIZZES_WRITE)
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
FILES = {
    BankFormat.XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    BankFormat.GIFT: ("text/plain; charset=utf-8", "gift.txt"),
    BankFormat.MOODLE_XML: ("application/xml; charset=utf-8", "xml"),
}


@dataclass
class Gallery:
    """The pictures of a file, by the keys under which they will be kept."""

    found: dict[str, bytes] = field(default_factory=dict)

    def take(self, content: bytes) -> str | None:
        kind = content_type(content)
        if kind is None or len(content) > PICTURE_MOST or len(self.found) >= PICTURES_MOST:
            return None
        key = f"{FOLDER}/{hashlib.blake2b(content, digest_size=20).hexdigest()}.{ENDINGS[kind]}"
        self.found[key] = content
        return pictures().url(key)


async def import_questions(request: Request) -> JSONResponse:
    """Look through a file, and say what is in it. What is refused is answered by the guard in front of it."""
    context = await context_of(request)
    WRITING.demand(context)
    demand_whole_brand(context)
    written_as, gallery = _format(request.query_params.get("format")), Gallery()
    rows = await asyncio.to_thread(_read, await request.body(), written_as, gallery)
    for key, content in gallery.found.items():
        await pictures().put(key, content)
    found = await QuestionImport.check(
        rows, format=written_as, name=request.query_params.get("name"), staff_id=context.staff_id, at=context.at
    )
    counts = {"rows": found.row_count, "faulty": found.faulty_count, "duplicates": found.duplicate_count}
    return JSONResponse({"import": {"id": encode_id("QuestionImport", found.id), **counts}}, status_code=201)


async def export_questions(request: Request) -> Response:
    """A file of the questions that are asked for, with their keys."""
    accepted(request.method, {**headers_of(request.scope), "accept": "*/*"})
    context = await context_of(request)
    READING.demand(context)
    asked = read_object(await request.body())
    if unknown := sorted(asked.keys() - FIELDS - {"format", "reason"}):
        raise RequestRefused(ErrorCode.BAD_USER_INPUT, f"`{unknown[0]}` is not known here.")
    written_as, condition = _format(asked.get("format")), read_filter(asked).condition()
    sql = condition.sql.replace("{row}", "q")
    for place, _ in enumerate(condition.values, start=1):
        sql = sql.replace("?", f"${place}", 1)
    await QuestionExport.begin(
        {name: value for name, value in asked.items() if name in FIELDS},
        format=written_as,
        reason=str(asked.get("reason") or ""),
        staff_id=context.staff_id,
        at=context.at,
    )
    many = await exported(sql, condition.values)
    shown = await _shown(many) if written_as is BankFormat.MOODLE_XML else {}
    content, left_out = await asyncio.to_thread(_written, many, written_as, shown)
    return _file(content, written_as, "questions", {"x-rows-left-out": str(len(left_out))})


async def question_template(request: Request) -> Response:
    """An empty sheet that explains itself."""
    READING.demand(await context_of(request))
    return _file(await asyncio.to_thread(template), BankFormat.XLSX, "question-template", {})


async def question_picture(request: Request) -> Response:
    """A picture of a question. Its address says what it shows, so it is kept by whoever has loaded it."""
    try:
        picture = await pictures().get(f"{FOLDER}/{request.path_params['name']}")
    except ValueError:
        picture = None
    if picture is None:
        raise NotFound()
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(picture.content, media_type=picture.content_type, headers=headers)


def _read(content: bytes, format: BankFormat, gallery: Gallery) -> list[BankRow]:
    match format:
        case BankFormat.XLSX:
            return list(read_sheet(content))
        case BankFormat.GIFT:
            return list(read_gift(content))
        case BankFormat.MOODLE_XML:
            return list(read_moodle(content, gallery))


def _written(many: list[QuestionTerms], format: BankFormat, shown: Mapping[str, bytes]) -> tuple[bytes, list[BankRow]]:
    match format:
        case BankFormat.XLSX:
            return written_sheet(many)
        case BankFormat.GIFT:
            return written_gift(many)
        case BankFormat.MOODLE_XML:
            return written_moodle(many, shown)


async def _shown(many: list[QuestionTerms]) -> dict[str, bytes]:
    """What our own storage has of the pictures that questions show, by address."""
    ours = pictures().url(f"{FOLDER}/0").removesuffix("0")
    wanted = sorted({one for terms in many for one in pictures_of(terms) if one.startswith(ours)})
    found = {}
    for address in wanted[:PICTURES_MOST]:
        try:
            picture = await pictures().get(f"{FOLDER}/{address.removeprefix(ours)}")
        except ValueError:
            continue
        if picture:
            found[address] = picture.content
    return found


def _format(asked: object) -> BankFormat:
    if not isinstance(asked, str) or asked not in BankFormat.__members__:
        raise Invalid("format", zh="应为 XLSX、GIFT 或 MOODLE_XML", en="it is XLSX, GIFT or MOODLE_XML")
    return BankFormat[asked]


def _file(content: bytes, format: BankFormat, name: str, headers: dict[str, Any]) -> Response:
    kind, ending = FILES[format]
    disposition = {"content-disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content, media_type=kind, headers={**disposition, **headers})
