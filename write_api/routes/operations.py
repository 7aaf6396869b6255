"""Health and metrics of the write side."""

from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State

from commands.refusals import NotAllowed

MAY_MEASURE = {"operator", "auditor"}


@get("/ping", media_type=MediaType.TEXT, tags=["operations"])
async def ping() -> str:
    """Answers whatever else is down."""
    return "pong"


@get("/healthz", tags=["operations"])
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@get("/readyz", tags=["operations"])
async def readyz(request: Request[Any, Any, State]) -> Response[dict[str, str]]:
    """Whether commands can be taken right now, and what is waited for if not."""
    if request.app.state.store_ready():
        return Response({"status": "ready"})
    waits = {"status": "waiting", "waits_for": "postgresql"}
    return Response(waits, status_code=HTTPStatus.SERVICE_UNAVAILABLE)


@get("/metrics", media_type=MediaType.TEXT, tags=["operations"])
async def metrics(request: Request[Any, Any, State]) -> str:
    """Prometheus text format, for operators and auditors."""
    state = request.app.state
    role, _ = state.authenticate(request.headers.get("authorization"), state.clock())
    if role not in MAY_MEASURE:
        raise NotAllowed("This is for the roles operator, auditor.")
    return str(state.metrics_text())


ROUTES = [ping, healthz, readyz, metrics]
