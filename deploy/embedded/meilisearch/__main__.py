"""Runs the search server until SIGTERM or SIGINT."""

import argparse
import logging
import os
import signal
from pathlib import Path

import uvicorn

from deploy.embedded.local_only import local_only
from deploy.embedded.meilisearch.engine import Engine
from deploy.embedded.meilisearch.http import Application
from deploy.embedded.meilisearch.memory import limit_arenas
from deploy.embedded.meilisearch.routes import Routes
from deploy.embedded.meilisearch.worker import Worker

MASTER_KEY = "MEILI_MASTER_KEY"
GRACE_S = 10


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing about a signal."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.meilisearch")
    parser.add_argument("--data", type=Path, required=True, help="folder of the database files")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    # Not from the command line, which every user of the machine can read.
    arguments.key = os.environ.get(MASTER_KEY, "")
    if not arguments.key:
        parser.error(f"set {MASTER_KEY}")
    return arguments


def main() -> None:
    """Serve until told to stop, then finish the task under way and return."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    limit_arenas()
    engine = Engine(arguments.data)
    worker = Worker(engine)
    config = uvicorn.Config(
        local_only(Application(Routes(engine).handle, arguments.key, worker.stop)),
        host=arguments.host,
        port=arguments.port,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    # The server raises a caught signal again once it has stopped; by then it has done its work.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    worker.start()
    try:
        uvicorn.Server(config).run()
    finally:
        worker.stop()
        engine.close()


if __name__ == "__main__":
    main()
