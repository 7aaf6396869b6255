"""A fresh, migrated database for each measured stretch, dropped afterwards."""

import contextlib
import itertools
from collections.abc import Generator
from urllib.parse import urlsplit, urlunsplit

import psycopg

from deploy.migrate import migrate

_NUMBERS = itertools.count(1)


@contextlib.contextmanager
def fresh_database(server: str) -> Generator[str]:
    """The URL of an empty log beside the database of `server`."""
    name = f"bench{next(_NUMBERS)}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            migrate(url, lambda _: None)
            yield url
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
