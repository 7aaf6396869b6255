"""Runs an ASGI application on loopback with uvicorn as in production."""

import logging

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from deploy import collector, open_files
from deploy.embedded.ports import HOST
from deploy.http.protocol import Protocol


def serve(app: object, port: int, host: str = HOST, http: type[Protocol] = Protocol) -> None:
    """Serve until SIGTERM or SIGINT, finishing what is in flight.

    `http` is the protocol of a connection.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # It would log each address that is asked, and with that the first letters of hashes.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    open_files.allow_many()
    collector.settle()
    uvicorn.run(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        loop="uvloop",
        http=http,
        ws="none",
        log_level="warning",
        access_log=False,
        log_config=LOGGING_CONFIG,
        timeout_graceful_shutdown=10,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
    )


def serve_gateway(gateway: object, port: int, host: str = HOST) -> None:
    """Likewise; dates and lengths of answers are those of the APIs behind."""
    open_files.allow_many()
    uvicorn.run(
        gateway,  # type: ignore[arg-type]
        host=host,
        port=port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        date_header=False,
        timeout_graceful_shutdown=10,
    )
