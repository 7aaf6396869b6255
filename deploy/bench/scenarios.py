"""What a load generator asks for: endless, different each time, made from a seed."""

import functools
import itertools
from collections.abc import Callable, Iterator
from random import Random  # noqa: TID251 - seeded: the same requests in every run
from typing import Any

import msgspec

from deploy.bench.shop import HOT, Basket, baskets, request
from deploy.bench.wire import Operation
from deploy.bench.worst_shop import worst_orders


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`run` keeps the ids of one run apart from another's; `host` is who is asked by name. With
    `tokens` each is asked for by another buyer, in turn, instead of by an operator.
    """

    scenario: str
    run: str
    token: str
    seed: int = 1
    ids: list[str] = []
    targets: list[str] = []
    bodies: list[dict[str, Any]] = []
    host: str = "bench"
    tokens: list[str] = []
    many: int = 0

    def shown(self, number: int) -> str:
        """Who asks this time."""
        return self.tokens[number % len(self.tokens)] if self.tokens else self.token


NUMBER, TOKEN = "00000000", "--token--"


@functools.cache
def _template(run: str, basket: Basket, by_buyers: bool) -> tuple[bytes, ...]:
    """An order's request around its number: made once a basket, the generator must be quick."""
    body = {
        "order_id": f"{run}-{NUMBER}",
        **({} if by_buyers else {"buyer_id": f"b{basket.quote_id}"}),
        "shipping_quote_id": basket.quote_id,
        "lines": [{"listing_id": name, "quantity": 1} for name in basket.listings],
    }
    whole = request("POST", "/v1/orders", TOKEN, f"{run}-{NUMBER}", body)
    return tuple(whole.split(NUMBER.encode()))


def _order(asked: Asked, number: int, basket: Basket) -> bytes:
    made = (b"%08d" % number).join(_template(asked.run, basket, bool(asked.tokens)))
    return made.replace(TOKEN.encode(), asked.shown(number).encode(), 1)


def _pay(asked: Asked, number: int) -> bytes:
    order_id = f"{asked.run}-{number:08}"
    path = f"/v1/orders/{order_id}/payments"
    key = f"{order_id}-pay"
    body = {"provider": "manual", "payment_id": order_id}
    return request("POST", path, asked.token, key, body)


def place_order(asked: Asked) -> Iterator[Operation]:
    chosen = itertools.cycle(baskets(asked.seed, 3))
    for number, basket in enumerate(chosen):
        yield (_order(asked, number, basket),)


def paid_order(asked: Asked) -> Iterator[Operation]:
    chosen = itertools.cycle(baskets(asked.seed, 3))
    for number, basket in enumerate(chosen):
        yield (_order(asked, number, basket), _pay(asked, number))


def small_order(asked: Asked) -> Iterator[Operation]:
    """One line each, over all listings: what hot-item is compared with."""
    chosen = itertools.cycle(baskets(asked.seed, 1))
    for number, basket in enumerate(chosen):
        yield (_order(asked, number, basket),)


def hot_item(asked: Asked) -> Iterator[Operation]:
    basket = Basket(HOT, (HOT,))
    for number in itertools.count():
        yield (_order(asked, number, basket),)


def read_order(asked: Asked) -> Iterator[Operation]:
    chance = Random(asked.seed)  # noqa: S311 - no secret
    while True:
        order_id = chance.choice(asked.ids)
        yield (request("GET", f"/v1/orders/{order_id}", asked.token),)


def own_orders(asked: Asked) -> Iterator[Operation]:
    """Each buyer reads orders of theirs, of so many that `place-order` has placed in this run."""
    for number in itertools.cycle(range(asked.many)):
        path = f"/v1/orders/{asked.run}-{number:08}"
        yield (request("GET", path, asked.shown(number)),)


def gets(asked: Asked) -> Iterator[Operation]:
    """The targets in turn."""
    yield from itertools.cycle([(request("GET", to, asked.token),) for to in asked.targets])


def posts(asked: Asked) -> Iterator[Operation]:
    """The bodies in turn, to the one target."""
    (to,) = asked.targets
    made = [
        (request("POST", to, asked.token, "k", body, host=asked.host),) for body in asked.bodies
    ]
    yield from itertools.cycle(made)


def worst_order(asked: Asked) -> Iterator[Operation]:
    return worst_orders(asked.run, asked.token)


SCENARIOS: dict[str, Callable[[Asked], Iterator[Operation]]] = {
    "place-order": place_order,
    "paid-order": paid_order,
    "small-order": small_order,
    "hot-item": hot_item,
    "read-order": read_order,
    "own-orders": own_orders,
    "gets": gets,
    "worst-order": worst_order,
    "posts": posts,
}
