"""Look-ups that share a query: what fails for one key fails for nobody else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import psycopg
import pytest

from projections.batched import BatchedLookup, Connection


class Closed:
    """Stands where the connection would: the queries below ask nothing of it."""

    closed = False

    async def close(self) -> None:
        self.closed = True


class Lookup(BatchedLookup[str]):
    """Over queries of the test's own."""

    made = 0

    async def _connect(self) -> Connection:
        self.made += 1
        self._connection = Closed()  # type: ignore[assignment]
        return self._connection  # type: ignore[return-value]


type Found = Mapping[str, str]


async def all_of(lookup: Lookup, *keys: str) -> list[str | BaseException | None]:
    async with asyncio.timeout(5):
        return await asyncio.gather(*map(lookup.get, keys), return_exceptions=True)


def run(
    query: Callable[[Connection, Sequence[str]], Awaitable[Found]],
    scenario: Callable[[Lookup], Awaitable[None]],
) -> None:
    async def whole() -> None:
        lookup = Lookup("", query)
        lookup.start()
        try:
            await scenario(lookup)
        finally:
            await lookup.stop()

    asyncio.run(whole())


@pytest.mark.parametrize(
    "fault", [msgspec.ValidationError("BC"), ValueError("year"), psycopg.DataError("NUL")]
)
def test_only_the_key_that_cannot_be_answered_fails(fault: Exception) -> None:
    async def query(_: Connection, keys: Sequence[str]) -> Found:
        if "bad" in keys:
            raise fault
        return {key: f"view of {key}" for key in keys if key != "nobody's"}

    async def scenario(lookup: Lookup) -> None:
        found = await all_of(lookup, "a", "bad", "nobody's", "b")
        assert found == ["view of a", fault, None, "view of b"]
        assert await all_of(lookup, "bad") == [fault]
        assert await all_of(lookup, "a") == ["view of a"]

    run(query, scenario)


def test_a_lost_server_fails_those_who_asked_and_is_asked_again() -> None:
    away = True

    async def query(_: Connection, keys: Sequence[str]) -> Found:
        if away:
            raise psycopg.OperationalError("gone")
        return {key: key for key in keys}

    async def scenario(lookup: Lookup) -> None:
        nonlocal away
        lost = await all_of(lookup, "a", "b")
        assert [type(error) for error in lost] == [psycopg.OperationalError] * 2
        away = False
        assert await all_of(lookup, "a", "b") == ["a", "b"]

    run(query, scenario)


def test_a_table_that_is_being_rebuilt_fails_all_at_once() -> None:
    asked: list[Sequence[str]] = []

    async def query(_: Connection, keys: Sequence[str]) -> Found:
        asked.append(keys)
        raise psycopg.errors.UndefinedTable("rm_orders.orders")

    async def scenario(lookup: Lookup) -> None:
        found = await all_of(lookup, "a", "b", "c")
        assert [type(error) for error in found] == [psycopg.errors.UndefinedTable] * 3
        assert asked == [["a", "b", "c"]]

    run(query, scenario)
