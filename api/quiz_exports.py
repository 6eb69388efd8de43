"""`POST /exports/quiz-results`: a sheet of what was handed in to a quiz, for staff who may take members' data out.

The body is JSON: `quizId` and `reason`. It goes the way of orders: who took what out is kept before the first row is
read, and the sheet is written page by page into a file of its own and sent from there.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from typing import IO, Any

from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.errors import ErrorCode, RequestRefused
from api.exports import XLSX, pieces
from api.guard import exchange_of, headers_of
from api.media import accepted
from api.request import read_object
from auth.context import Context, open_context
from auth.permissions import StaffCan
from auth.scope import in_scope, members_in_scope
from models.errors import Invalid, NotFound
from models.learning.quiz_export import ROWS_MOST, QuizExport, ResultSheet
from models.mall.order_export import Workbook
from models.members.condition_sql import Clause
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.quiz_sight import quizzes_seen

FIELDS = frozenset({"quizId", "reason"})
READING, EXPORTING = StaffCan(StaffRight.QUIZZES_READ), StaffCan(StaffRight.MEMBERS_EXPORT)


async def export_quiz_results(request: Request) -> StreamingResponse:
    """The route. What it refuses is answered by the guard in front of it."""
    accepted(request.method, {**headers_of(request.scope), "accept": "*/*"})
    address = request.client.host if request.client else None
    context = await open_context(headers_of(request.scope), address, exchange_of(request.scope).request_id)
    READING.demand(context)
    EXPORTING.demand(context)
    asked = _asked(read_object(await request.body()))
    file = await _written(await _sheet(context, asked))
    return StreamingResponse(
        pieces(file), media_type=XLSX, headers={"content-disposition": 'attachment; filename="quiz-results.xlsx"'}
    )


async def _sheet(context: Context, asked: Mapping[str, str]) -> ResultSheet:
    """The sheet of a quiz that the caller sees, with the members in its scope; the export is kept."""
    quiz_id = id_of("Quiz", asked["quizId"], field="quizId")
    if not await in_scope([quiz_id], quizzes_seen(context), table="quiz"):
        raise NotFound(field="quizId")
    await QuizExport.begin(quiz_id, reason=asked["reason"], staff_id=context.staff_id, at=context.at)
    scope = members_in_scope(context, "id")
    return ResultSheet(quiz_id, Clause(scope.sql, scope.values).of("m", first=5), scope.values)


async def _written(sheet: ResultSheet) -> IO[bytes]:
    """The sheet in a file without a name, of which nothing is left once it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is read and closed while the answer is sent
    try:
        book, count = Workbook(file, "成绩", await sheet.titles()), 0
        while count < ROWS_MOST and (rows := await sheet.next_rows()):
            await asyncio.to_thread(book.add, rows)
            count += len(rows)
        await asyncio.to_thread(book.close)
    except BaseException:
        file.close()
        raise
    return file


def _asked(body: Mapping[str, Any]) -> Mapping[str, str]:
    if unknown := sorted(body.keys() - FIELDS):
        raise RequestRefused(ErrorCode.BAD_USER_INPUT, f"`{unknown[0]}` is not known here.")
    found = {name: body.get(name) or "" for name in FIELDS}
    for name, value in found.items():
        if not isinstance(value, str):
            raise Invalid(name, zh="取值不正确", en="say it as text")
    return found
