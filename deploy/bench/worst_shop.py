"""The marketplace with the largest texts, and the largest order that validation lets through."""

import itertools
from collections.abc import Iterator

from deploy.bench.shop import STOCK, request, send_all
from deploy.bench.wire import Operation
from write_api.bodies import CATEGORY_BYTES_MAX, LINES_MAX, TEXT_BYTES_MAX, TITLE_BYTES_MAX

LARGE = "\U0001f600"
LARGE_BYTES = 4
ID_LENGTH = 64
KEY_LENGTH = 255
QUOTE = "q" * ID_LENGTH


def seller(number: int) -> str:
    return f"s{number:063}"


def listing(number: int) -> str:
    return f"l{number:063}"


def order_id(run: str, number: int) -> str:
    return f"{run}-{number:08}".ljust(ID_LENGTH, "o")


def worst_order(run: str, token: str, number: int) -> bytes:
    body = {
        "order_id": order_id(run, number),
        "buyer_id": "b" * ID_LENGTH,
        "shipping_quote_id": QUOTE,
        "lines": [{"listing_id": listing(n), "quantity": 1} for n in range(LINES_MAX)],
    }
    key = order_id(run, number).ljust(KEY_LENGTH, "k")
    return request("POST", "/v1/orders", token, key, body)


def worst_orders(run: str, token: str) -> Iterator[Operation]:
    for number in itertools.count():
        yield (worst_order(run, token, number),)


def seed_worst(port: int, token: str) -> None:
    """Each line of the order is another seller's, with a title and a category of full length."""
    keys = itertools.count()

    def post(path: str, body: dict[str, object]) -> Operation:
        return (request("POST", path, token, f"worst-{next(keys)}", body),)

    def filled(size: int) -> str:
        return LARGE * (size // LARGE_BYTES)

    numbers = range(LINES_MAX)
    lines = [{"listing_id": listing(n), "quantity": 1, "shipping_minor": 100} for n in numbers]
    stages = [
        [
            post(
                "/v1/sellers",
                {"seller_id": seller(n), "name": filled(TEXT_BYTES_MAX), "currency": "EUR"},
            )
            for n in numbers
        ],
        [
            post(
                "/v1/listings",
                {
                    "listing_id": listing(n),
                    "seller_id": seller(n),
                    "title": filled(TITLE_BYTES_MAX),
                    "category": filled(CATEGORY_BYTES_MAX),
                    "price": {"amount_minor": 10**7, "currency": "EUR"},
                },
            )
            for n in numbers
        ],
        [
            *(post(f"/v1/listings/{listing(n)}/stock", {"quantity": STOCK}) for n in numbers),
            post("/v1/shipping-quotes", {"quote_id": QUOTE, "lines": lines}),
        ],
    ]
    for stage in stages:
        send_all(port, stage)
