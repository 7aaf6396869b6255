"""Health and metrics of the write side."""

from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State

from eventstore.identity import PUBLIC, permission
from write_api.route import Topic

MEASURE = permission("metrics:read", "operator", "auditor")
OPEN = {"permission": PUBLIC, "unlimited": True}


@get("/ping", media_type=MediaType.TEXT, tags=["operations"], opt=OPEN)
async def ping() -> str:
    """Answers whatever else is down."""
    return "pong"


@get("/healthz", tags=["operations"], opt=OPEN)
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@get("/readyz", tags=["operations"], opt=OPEN)
async def readyz(request: Request[Any, Any, State]) -> Response[dict[str, str]]:
    """Whether commands can be taken right now, and what is waited for if not."""
    if request.app.state.store_ready():
        return Response({"status": "ready"})
    waits = {"status": "waiting", "waits_for": "postgresql"}
    return Response(waits, status_code=HTTPStatus.SERVICE_UNAVAILABLE)


@get("/metrics", media_type=MediaType.TEXT, tags=["operations"], opt={"permission": MEASURE})
async def metrics(request: Request[Any, Any, State]) -> str:
    """Prometheus text format, for operators and auditors."""
    return str(request.app.state.metrics_text())


TOPIC = Topic([ping, healthz, readyz, metrics])
