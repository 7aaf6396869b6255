"""Runs an ASGI application on loopback with uvicorn as in production."""

import asyncio
import logging

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from deploy import collector, open_files
from deploy.embedded.ports import HOST


def serve(
    app: object, port: int, host: str = HOST, http: type[asyncio.Protocol] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, finishing what is in flight.

    `http` is the protocol of a connection, uvicorn's own unless one is given.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    open_files.allow_many()
    collector.settle()
    uvicorn.run(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        loop="uvloop",
        http=http or "httptools",
        log_level="warning",
        access_log=False,
        log_config=LOGGING_CONFIG,
        timeout_graceful_shutdown=10,
        server_header=False,
        backlog=2048,
    )
