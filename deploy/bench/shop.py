"""The marketplace that HTTP benchmarks run on: sellers, listings in stock, quotes for baskets."""

import asyncio
import itertools
import math
from collections.abc import Iterator
from random import Random  # noqa: TID251 - seeded: the same baskets in every run
from time import perf_counter

import msgspec

from deploy.bench.wire import Operation, Tally, closed_loop

SELLERS = 50
LISTINGS = 5_000
BASKETS = 1_000
STOCK = 1_000_000
HOT = "hot"
CONNECTIONS = 64


class SeedingFailed(RuntimeError):
    """The marketplace could not be prepared."""


class Basket(msgspec.Struct, frozen=True):
    """What is ordered together, and the quote for it."""

    quote_id: str
    listings: tuple[str, ...]


def listing(number: int) -> str:
    return f"l{number:05}"


def baskets(seed: int, lines: int) -> list[Basket]:
    """Two sellers a basket of three lines; listing n is seller n % SELLERS's."""
    chance = Random(seed)  # noqa: S311 - no secret
    made: list[Basket] = []
    for number in range(BASKETS):
        first = chance.randrange(LISTINGS)
        numbers = [first, (first + SELLERS) % LISTINGS, (first + 1) % LISTINGS][:lines]
        made.append(Basket(f"q{lines}-{number:04}", tuple(map(listing, numbers))))
    return made


def request(
    method: str,
    path: str,
    token: str,
    key: str = "",
    body: object = None,
    accept: str = "",
    host: str = "bench",
) -> bytes:
    """A whole HTTP/1.1 request."""
    head = [f"{method} {path} HTTP/1.1", f"host: {host}", f"authorization: Bearer {token}"]
    content = b""
    if method == "POST":
        content = msgspec.json.encode({} if body is None else body)
        head += [
            f"idempotency-key: {key}",
            "content-type: application/json",
            f"content-length: {len(content)}",
        ]
    if accept:
        head.append(accept)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def seed_requests(token: str, seed: int) -> list[list[Operation]]:
    """In stages: all of one stage must be answered before the next begins."""
    keys = itertools.count()

    def post(path: str, body: dict[str, object]) -> Operation:
        return (request("POST", path, token, f"seed-{next(keys)}", body),)

    sellers = [
        post("/v1/sellers", {"seller_id": f"s{n:02}", "name": f"Seller {n}", "currency": "EUR"})
        for n in range(SELLERS)
    ]
    offers = [
        post(
            "/v1/listings",
            {
                "listing_id": name,
                "seller_id": f"s{n % SELLERS:02}",
                "title": f"Thing number {n}",
                "category": f"category-{n % 20}",
                "price": {"amount_minor": 1000 + n % 700, "currency": "EUR"},
            },
        )
        for n, name in [*((n, listing(n)) for n in range(LISTINGS)), (0, HOT)]
    ]
    stocks = [
        post(f"/v1/listings/{listing(n)}/stock", {"quantity": STOCK}) for n in range(LISTINGS)
    ]
    quotes = [
        post("/v1/shipping-quotes", _quote(basket.quote_id, basket.listings))
        for lines in (3, 1)
        for basket in baskets(seed, lines)
    ]
    return [sellers, offers, [*stocks, *quotes, post("/v1/shipping-quotes", _quote(HOT, (HOT,)))]]


def _quote(quote_id: str, listings: tuple[str, ...]) -> dict[str, object]:
    lines = [{"listing_id": name, "quantity": 1, "shipping_minor": 100} for name in listings]
    return {"quote_id": quote_id, "lines": lines}


def send_all(port: int, operations: list[Operation]) -> None:
    """Raises `SeedingFailed` unless every one is answered with 2xx."""

    async def send() -> Tally:
        tally = Tally(0.0, math.inf)
        await closed_loop(port, _each(operations), CONNECTIONS, tally)
        return tally

    tally = asyncio.run(send())
    if tally.done != len(operations):
        raise SeedingFailed(f"{tally.done} of {len(operations)} requests: {dict(tally.statuses)}")


def _each(operations: list[Operation]) -> Iterator[Operation]:
    yield from operations


def seed_shop(port: int, token: str, seed: int) -> float:
    """Through the public API; the seconds it took."""
    began = perf_counter()
    for stage in seed_requests(token, seed):
        send_all(port, stage)
    return perf_counter() - began
