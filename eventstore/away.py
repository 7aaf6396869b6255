"""The errors that mean "wait and try again", for every part that uses a server.

A database that is starting (57P03), ending (57P01), full of connections (53300) or gone raises an
`OperationalError`. One that takes no writes, such as a standby that is not promoted yet, answers
25006; who waits too long inside a transaction loses the connection with 25P03.
"""

import nats.errors
import psycopg
from psycopg import errors

DATABASE_AWAY = (
    psycopg.OperationalError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)
SERVERS_AWAY = (*DATABASE_AWAY, nats.errors.Error, OSError)


def what_is_away(error: Exception) -> str:
    """The server that such an error is about, and what it said."""
    server = "postgresql" if isinstance(error, psycopg.Error) else "nats"
    return f"{server} ({type(error).__name__})"


def silently(_: str) -> None:
    """Where nobody asks what is waited for."""
