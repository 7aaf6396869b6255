"""Runs an ASGI application on loopback with uvicorn as in production."""

import gc
import logging

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from deploy.embedded.ports import HOST

COLLECT_AFTER = (50_000, 20, 100)


def serve(app: object, port: int, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT, finishing what is in flight."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # What start-up made lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    # A request leaves no cycles behind; looking for them at the default rate stops the loop for
    # tens of milliseconds at a time (decision 0011).
    gc.set_threshold(*COLLECT_AFTER)
    uvicorn.run(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        log_config=LOGGING_CONFIG,
        timeout_graceful_shutdown=10,
        server_header=False,
        backlog=2048,
    )
