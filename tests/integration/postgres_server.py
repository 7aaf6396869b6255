"""One embedded PostgreSQL for a whole test session, a fresh migrated database for each test."""

import atexit
import functools
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from deploy.embedded import postgres
from deploy.migrate import migrate
from tests.integration.part_server import PartServer

PASSWORD = "throw-away"


class PostgresServer(PartServer):
    """Started once, stopped at the end; `stop` and `start` again keep port and data."""

    def __init__(self) -> None:
        super().__init__(lambda folder, port: postgres.part(folder, port, PASSWORD))
        self._numbers = itertools.count(1)

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
