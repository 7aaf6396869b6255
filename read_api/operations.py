"""Health, metrics and positions of the read side."""

from http import HTTPStatus

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from eventstore.identity import PUBLIC, permission
from read_api.projection_metrics import projection_metrics
from read_api.reader import Reader
from read_api.route import Topic

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
async def readyz(request: Request[None, None, State]) -> Response[dict[str, str]]:
    """Whether the read models can be asked, and what is waited for if not."""
    positions = request.app.state.services.positions
    if positions.known and positions.now():
        return Response({"status": "ready"})
    waits_for = "the first read model" if positions.known else "postgresql"
    waits = {"status": "waiting", "waits_for": waits_for}
    return Response(waits, status_code=HTTPStatus.SERVICE_UNAVAILABLE)


@get("/metrics", media_type=MediaType.TEXT, tags=["operations"], opt={"permission": MEASURE})
async def metrics(reader: NamedDependency[Reader]) -> str:
    """Prometheus text format; of the read models too while the database answers.

    For operators and auditors. It asks no store: what it shows is at most 2 s old.
    """
    services = reader.services
    seen = services.overview.now()
    if seen is None:
        return services.metrics_text()
    return services.metrics_text() + projection_metrics(seen, services.positions.rates())


TOPIC = Topic([ping, healthz, readyz, metrics])
