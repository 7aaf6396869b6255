"""One embedded PostgreSQL for a whole test session, a fresh migrated database for each test."""

import atexit
import functools
import itertools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.embedded import ports, postgres
from deploy.embedded.part import Part
from deploy.migrate import migrate

PASSWORD = "throw-away"
READY_WITHIN_S = 60.0
POLL_S = 0.05


class PostgresServer:
    """Started once, stopped at the end; `stop` and `start` again keep port and data."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="market-test-", dir="/tmp"))
        self._folder.chmod(0o755)  # PostgreSQL runs as a user who is not root
        self.port = ports.pick(None, set())
        self._part: Part = postgres.part(self._folder, self.port, PASSWORD)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def start(self) -> None:
        part = self._part
        self._process = subprocess.Popen(
            part.command,
            user=part.user,
            group=part.user,
            extra_groups=[] if part.user is not None else None,
            cwd=part.cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + READY_WITHIN_S
        while not part.ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the embedded PostgreSQL did not start")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, the data is kept."""
        if self._process is not None:
            self._process.send_signal(self._part.stop_signal)
            self._process.wait(self._part.stop_within_s)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return postgres.url(self.port, PASSWORD, database)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a fresh database with the product's schema, dropped at the end."""
        name = f"test_{next(self._numbers)}"
        identifier = sql.Identifier(name)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            migrate(self.url(name), lambda _: None)
            yield self.url(name)
        finally:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@functools.cache
def shared() -> PostgresServer:
    """The session's server. It ends with the interpreter."""
    server = PostgresServer()
    atexit.register(server.remove)
    server.start()
    return server
