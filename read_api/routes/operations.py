"""Health, metrics and positions of the read side."""

from http import HTTPStatus

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from read_api.projection_metrics import projection_metrics
from read_api.reader import Reader, ReadServices


@get("/ping", media_type=MediaType.TEXT, tags=["operations"])
async def ping() -> str:
    """Answers whatever else is down."""
    return "pong"


@get("/healthz", tags=["operations"])
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@get("/readyz", tags=["operations"])
async def readyz(request: Request[None, None, State]) -> Response[dict[str, str]]:
    """Whether the read models can be asked."""
    services: ReadServices = request.app.state.services
    ready = bool(services.positions.now())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Response({"status": "ready" if ready else "no read model yet"}, status_code=status)


@get("/metrics", media_type=MediaType.TEXT, tags=["operations"])
async def metrics(reader: NamedDependency[Reader]) -> str:
    """Prometheus text format; of the read models too while the database answers.

    For operators and auditors. It asks no store: what it shows is at most 2 s old.
    """
    reader.must_be("operator", "auditor")
    services = reader.services
    seen = services.overview.now()
    if seen is None:
        return services.metrics_text()
    return services.metrics_text() + projection_metrics(seen, services.positions.rates())


ROUTES = [ping, healthz, readyz, metrics]
