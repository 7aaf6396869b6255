"""What is written but never logged: secrets, addresses, sessions, subscriptions."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

type Connection = AsyncConnection[tuple[Any, ...]]
type Records = AsyncConnectionPool[Connection]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of `commands/records`: its `schema/*.sql` make its tables, `queries` are its own.

    The log names such a row by an id that says nothing of a person. `erase(connection, subject)`
    removes all that is kept of an account, `expire(connection, now)` what is of no use any more;
    both say how many rows it were.
    """

    name: str
    erase: Callable[[Connection, str], Awaitable[int]]
    expire: Callable[[Connection, datetime], Awaitable[int]] | None = None
