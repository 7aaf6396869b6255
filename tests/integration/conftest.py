"""One PostgreSQL for all tests of this folder, a database of its own for each, and a NATS server."""

from collections.abc import Iterator

import pytest

from commands.records.passwords.hashing import Passwords
from tests.integration.accounts_ground import hashing
from tests.integration.nats_server import NatsServer
from tests.integration.postgres_server import PostgresServer, shared


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return shared()


@pytest.fixture
def dsn(server: PostgresServer) -> Iterator[str]:
    """A new database with the log in it, dropped after the test."""
    with server.database() as url:
        yield url


@pytest.fixture(scope="module")
def nats_url() -> Iterator[str]:
    server = NatsServer()
    server.start()
    try:
        yield server.url
    finally:
        server.remove()


@pytest.fixture(scope="module")
def hashed_by() -> Iterator[Passwords]:
    """What hashes passwords, cheaply."""
    made = hashing()
    yield made
    made.close()
