"""A query of read models: what it reads is said where it is written."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Concatenate, Literal

from psycopg import AsyncConnection

if TYPE_CHECKING:
    # `status` knows the models and asks no other store.
    import httpx

type Connection = AsyncConnection[tuple[Any, ...]]
type Store = Literal["postgresql", "meilisearch", "clickhouse"]
type Run[H, **P, T] = Callable[Concatenate[H, P], Awaitable[T]]


class Query[**P, T]:
    """`models` are the read models whose rows it reads: an answer is as fresh as they are.

    It is called with a handle of its store (a connection, or a client with the store's address),
    then with what the query asks for.
    """

    def __init__(self, run: Run[Any, P, T], store: Store, models: tuple[str, ...]) -> None:
        self.run = run
        self.store: Store = store
        self.models = models

    def __call__(self, handle: Any, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.run(handle, *args, **kwargs)


def reads[**P, T](*models: str) -> Callable[[Run[Connection, P, T]], Query[P, T]]:
    """Of models in PostgreSQL; of none where only the log and its trails are read."""
    return lambda run: Query(run, "postgresql", models)


def searches[**P, T](*models: str) -> "Callable[[Run[httpx.AsyncClient, P, T]], Query[P, T]]":
    """Of indexes in Meilisearch."""
    return lambda run: Query(run, "meilisearch", models)


def reports[**P, T](*models: str) -> "Callable[[Run[httpx.AsyncClient, P, T]], Query[P, T]]":
    """Of tables in ClickHouse."""
    return lambda run: Query(run, "clickhouse", models)
