"""The application: settings, routes, lifespan, app."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.calendars import calendar
from api.events import EventStreams
from api.execution import Access, Execution
from api.exports import export_orders
from api.guard import Guard, refused_route
from api.health import Readiness, alive
from api.http import GraphQLHttp
from api.logs import open_logs
from api.materials import DOWNLOAD, UPLOAD, UPLOAD_BYTES, download_material, upload_material
from api.memory import settle_memory
from api.metrics import document_looked_up, metrics, operation_executed, persisted_asked
from api.page import page
from api.pictures import UPLOAD_BYTES as PICTURE_BYTES
from api.pictures import avatar, upload_avatar, upload_background
from api.posters import code_picture, poster_picture, template_preview
from api.proofs import UPLOAD as PROOF_UPLOAD
from api.proofs import UPLOAD_BYTES as PROOF_BYTES
from api.proofs import show_proof, upload_proof
from api.question_files import IMPORT_LIMIT, export_questions, import_questions, question_picture, question_template
from api.quiz_exports import export_quiz_results
from api.schema import schema
from api.socket import GraphQLSockets
from api.stopping import told_of_stop
from api.straight import Straight
from auth import context
from auth.context import Context
from auth.platforms import close_platforms, open_platforms
from engine.documents import Documents, Operation
from engine.execute import Engine
from engine.limits import Limits
from engine.registered import register
from jobs import schedule
from schema.scalars import SQL_FORMS
from store.clock import SystemClock
from store.database import close_database, dialect, fetch, open_database
from store.migrations.runner import pending
from store.redis import close_redis, open_redis, redis
from store.settings import OperationsMode, settings

config = settings()

documents = Documents(
    schema._schema,
    Limits(),
    only_registered=config.operations_mode is OperationsMode.REGISTERED,
    on_lookup=document_looked_up,
    on_persisted=persisted_asked,
)
engine = Engine(schema._schema, forms=SQL_FORMS, on_execution=operation_executed) if config.engine else None
execution = Execution(schema._schema, documents, engine)
access: Access[Context] = Access(
    open=context.open_context,
    caller=lambda asking: asking.caller.principal,
    still_valid=context.still_valid,
    renewed=context.renewed,
)
events = EventStreams(execution, access)
http = GraphQLHttp(execution, access, events)
sockets = GraphQLSockets(execution, access, allowed_origins=config.allowed_origins)


async def _database_answers() -> bool:
    return bool(await fetch("SELECT 1 AS one"))


async def _is_migrated() -> bool:
    return not await pending()


async def _redis_answers() -> bool:
    return await redis().is_alive()


ready = Readiness({"database": _database_answers, "redis": _redis_answers, "migrations": _is_migrated})

routes: list[BaseRoute] = [
    WebSocketRoute("/graphql", sockets),
    WebSocketRoute("/graphql/", sockets),
    Route("/exports/orders", export_orders, methods=["POST"]),
    Route("/calendar/{kind}/{token}.ics", calendar, methods=["GET"]),
    Route(UPLOAD, upload_material, methods=["POST"]),
    Route(DOWNLOAD, download_material, methods=["GET"]),
    Route(PROOF_UPLOAD, upload_proof, methods=["POST"]),
    Route("/files/proofs/{id}", show_proof, methods=["GET"]),
    Route("/exports/quiz-results", export_quiz_results, methods=["POST"]),
    Route("/exports/questions", export_questions, methods=["POST"]),
    Route("/exports/question-template", question_template, methods=["POST"]),
    Route("/imports/questions", import_questions, methods=["POST"]),
    Route("/files/questions/{name}", question_picture, methods=["GET"]),
    Route("/uploads/avatar", upload_avatar, methods=["POST"]),
    Route("/uploads/poster-backgrounds", upload_background, methods=["POST"]),
    Route("/files/avatars/{member}/{name}", avatar, methods=["GET"]),
    Route("/files/posters/{address}.jpg", poster_picture, methods=["GET"]),
    Route("/files/codes/{code}/{name}", code_picture, methods=["GET"]),
    Route("/poster-templates/{id}/preview", template_preview, methods=["POST"]),
    Route("/healthz", alive),
    Route("/readyz", ready.answer),
    Route("/metrics", metrics),
]
if config.is_development if config.graphql_page is None else config.graphql_page:
    routes.append(Route("/", page))


def warm(operation: Operation) -> None:
    if engine:
        engine.warm(operation, is_postgres=dialect() == "postgres")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open what requests need; on the way out let them end before it is closed, in the opposite order."""
    open_logs(config.log_level)
    async with AsyncExitStack() as opened:
        await open_database(config.database, pool_size=config.database_pool_size)
        opened.push_async_callback(close_database)
        if config.operations:
            register(documents, config.operations, on_warm=warm)
        open_redis(config.redis_url or "")
        opened.push_async_callback(close_redis)
        await open_platforms(config)
        opened.push_async_callback(close_platforms)
        await opened.enter_async_context(schedule.running(SystemClock()))
        opened.push_async_callback(execution.drain, 5)
        opened.push_async_callback(sockets.close)
        opened.enter_context(told_of_stop(events.close))
        settle_memory()
        yield


LARGER = {
    UPLOAD: UPLOAD_BYTES,
    "/imports/questions": IMPORT_LIMIT,
    "/uploads/avatar": PICTURE_BYTES,
    "/uploads/poster-backgrounds": PICTURE_BYTES,
}
middleware = [
    Middleware(Guard, larger={UPLOAD: UPLOAD_BYTES, PROOF_UPLOAD: PROOF_BYTES, "/imports/questions": IMPORT_LIMIT}),
    Middleware(Guard, larger=LARGER),
    Middleware(Straight, paths={"/graphql": http, "/graphql/": http}),
]
if config.allowed_origins:
    # CORS stands outside, so that a browser may read the guard's refusals too.
    cors = Middleware(
        CORSMiddleware,
        allow_origins=config.allowed_origins,
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type", "accept-language", "x-request-id"],
        expose_headers=["x-request-id", "retry-after"],
        max_age=600,
    )
    middleware.insert(0, cors)

app = Starlette(
    routes=routes, middleware=middleware, lifespan=lifespan, exception_handlers={HTTPException: refused_route}
)
