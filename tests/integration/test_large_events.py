"""Large events on a real log and a real bus: pages end where their bytes end, nothing gets stuck."""

import asyncio

import nats

from eventstore import reader
from eventstore.errors import EventTooLarge
from eventstore.events.listing import ListingCreated
from eventstore.limits import EVENT_BYTES_MAX, Limits
from eventstore.values import Money
from tests.conftest import RunningStack
from tests.integration.store_desk import by_hand, connected, opened

KIB = 1024
NATS_HEADERS_MAX = 4 * KIB


def listing(number: int, size: int) -> ListingCreated:
    return ListingCreated(
        listing_id=f"l{number}",
        seller_id="s",
        title="t" * size,
        category="c",
        price=Money(1, "EUR"),
    )


def test_a_page_of_the_log_ends_where_its_bytes_end(dsn: str) -> None:
    async def play() -> list[list[int]]:
        # A batch is bounded by bytes as well: three commits, none lost.
        async with opened(dsn, Limits(batch_bytes=200 * KIB)) as desk, connected(dsn) as log:
            requests = [by_hand(f"c{n}", [listing(n, 50 * KIB)]) for n in range(10)]
            await asyncio.gather(*map(desk.store.execute, requests))
            pages: list[list[int]] = []
            position = 0
            while rows := await reader.rows_after(log, position, size=120 * KIB):
                pages.append([row.position for row in rows])
                position = rows[-1].position
            pages.append([row.position for row in await reader.rows_after(log, 8, size=1)])
            pages.append([row.position for row in await reader.rows_after(log, 2, 5, 2)])
            return pages

    pages = asyncio.run(play())
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10], [9], [3, 4]]


def test_what_the_bus_cannot_carry_is_refused_alone(dsn: str) -> None:
    async def play() -> tuple[list[object], int]:
        async with opened(dsn) as desk, connected(dsn) as log:
            sizes = [KIB, EVENT_BYTES_MAX, KIB]
            requests = [by_hand(f"c{n}", [listing(n, size)]) for n, size in enumerate(sizes)]
            outcomes = await asyncio.gather(
                *map(desk.store.execute, requests), return_exceptions=True
            )
            return [type(outcome).__name__ for outcome in outcomes], await reader.head(log)

    outcomes, head = asyncio.run(play())
    assert outcomes == ["Outcome", EventTooLarge.__name__, "Outcome"]
    assert head == 2


def test_the_bus_carries_the_largest_event(stack: RunningStack) -> None:
    async def ask() -> int:
        client = await nats.connect(stack.settings.nats_url)
        try:
            return client.max_payload
        finally:
            await client.close()

    assert asyncio.run(ask()) >= EVENT_BYTES_MAX + NATS_HEADERS_MAX
