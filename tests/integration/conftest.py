"""One PostgreSQL for all tests of this folder, a database of its own for each, and a NATS server."""

from collections.abc import Iterator

import pytest

from commands.records.passwords.hashing import Passwords
from tests.contract.identity_stand_ins import Elsewhere, elsewhere
from tests.integration.accounts_ground import hashing
from tests.integration.nats_server import NatsServer
from tests.integration.postgres_server import PostgresServer, shared
from tests.integration.social_ground import Ground


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


@pytest.fixture(scope="module")
def there() -> Iterator[Elsewhere]:
    """Providers of identities."""
    with elsewhere() as found:
        yield found


@pytest.fixture
def ground(dsn: str, hashed_by: Passwords, there: Elsewhere) -> Ground:
    return Ground(dsn, hashed_by, there)
