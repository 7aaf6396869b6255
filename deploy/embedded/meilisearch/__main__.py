"""Run the search server: `python -m deploy.embedded.meilisearch --data DIR --port N`.

With `MEILI_MASTER_KEY` set, requests must give it as a bearer token.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from deploy.embedded.local_only import local_only
from deploy.embedded.meilisearch.engine import Engine
from deploy.embedded.meilisearch.http import Application
from deploy.embedded.meilisearch.memory import limit_arenas
from deploy.embedded.meilisearch.routes import Routes
from deploy.embedded.meilisearch.worker import Worker

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

MASTER_KEY = "MEILI_MASTER_KEY"
_LOG = logging.getLogger("meilisearch")


class _Server(uvicorn.Server):
    """Says when it listens, which is the only line it logs in normal running."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            address = self.servers[0].sockets[0].getsockname()
            _LOG.info("search server ready on http://%s:%d", address[0], address[1])


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing about a signal."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish the batch under way and return."""
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.meilisearch")
    parser.add_argument("--data", type=Path, required=True, help="folder of the database files")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7700)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    limit_arenas()
    engine = Engine(options.data)
    worker = Worker(engine)
    # Not from the command line, which every user of the machine can read.
    key = os.environ.get(MASTER_KEY) or None
    application = Application(Routes(engine).handle, key, worker.stop)
    config = uvicorn.Config(
        local_only(application),
        host=options.host,
        port=options.port,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    # The server raises a caught signal again once it has stopped; by then it has done its work.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    worker.start()
    try:
        _Server(config).run()
    finally:
        worker.stop()
        engine.close()


if __name__ == "__main__":
    main()
