"""What people do in a simulated market: at random, and at the end what is left for them to do."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

from commands.command import Actor, Policy
from commands.streams.listing.messages import CreateListing
from commands.streams.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.order.state import Order
from commands.streams.payment.messages import StartPayment
from commands.streams.payout.messages import RequestPayout
from commands.streams.refund.messages import (
    RefundLineRequest,
    RequestRefund,
)
from commands.streams.seller.messages import RegisterSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from eventstore.values import Money
from tests.property.operator import Operator
from tests.property.simulation import Simulation

BUYER = Actor("buyer", "bob")
UNITS = 60
ORDERS_MAX = 3
ROUNDS = 16
PRICES = (1, 3, 7, 99, 100, 333, 2500)
RATES_BPS = (None, 0, 333, 1000, 5000, 10_000)


def opened(seed: int) -> "People":
    """A market with one to three sellers and their listings."""
    chance = Random(seed)
    policy = Policy(
        commission_vat_rate_bps=chance.choice([0, 2000]),
        payment_tolerance_minor=chance.choice([0, 5, 40]),
        payment_tolerance_bps=chance.choice([100, 1000, 10_000]),
        chargebacks_borne_by=chance.choice(["seller", "marketplace"]),
    )
    return People(Simulation(chance, policy))


class People:
    def __init__(self, market: Simulation) -> None:
        self.market = market
        self.chance = market.chance
        self._numbers: Counter[str] = Counter()
        self.operator = Operator(market, self._new)
        self.sellers = [self._seller() for _ in range(self.chance.randint(1, 3))]
        self.listings = [self._listing() for _ in range(self.chance.randint(1, 4))]

    def _new(self, kind: str) -> str:
        self._numbers[kind] += 1
        return f"{kind}{self._numbers[kind]}"

    def _seller(self) -> str:
        seller_id = self._new("seller")
        rate = self.chance.choice(RATES_BPS)
        self.market.send(
            RegisterSeller(
                seller_id=seller_id,
                name="n",
                currency="EUR",
                commission_rate_bps=rate,
                payout_destination="d",
                **self.market.at(),
            )
        )
        return seller_id

    def _listing(self) -> str:
        listing_id = self._new("listing")
        price = Money(self.chance.choice(PRICES), "EUR")
        self.market.send(
            CreateListing(
                listing_id=listing_id,
                seller_id=self.chance.choice(self.sellers),
                title="t",
                category="c",
                price=price,
                **self.market.at(),
            )
        )
        self.market.send(ReceiveStock(listing_id=listing_id, quantity=UNITS, **self.market.at()))
        return listing_id

    def act(self) -> None:
        """Somebody does something, or a machine goes on for a bit."""
        orders = self.market.orders()
        if not orders or (len(orders) < ORDERS_MAX and self.chance.random() < 0.05):
            self._order()
            return
        self.chance.choice(DEEDS)(self, self.chance.choice(orders))

    def _order(self) -> None:
        lines = [
            (self.chance.choice(self.listings), self.chance.randint(1, 3))
            for _ in range(self.chance.randint(1, 3))
        ]
        quote_id = self._new("quote")
        basket = tuple(
            BasketLine(
                listing_id=listing_id,
                quantity=quantity,
                shipping_minor=self.chance.choice([0, 0, 1, 50]),
            )
            for listing_id, quantity in lines
        )
        self.market.send(IssueShippingQuote(quote_id=quote_id, lines=basket, **self.market.at()))
        requests = tuple(LineRequest(listing_id=of, quantity=quantity) for of, quantity in lines)
        self.market.send(
            PlaceOrder(
                order_id=self._new("order"),
                buyer_id=BUYER.subject,
                lines=requests,
                shipping_quote_id=quote_id,
                **self.market.at(BUYER),
            )
        )

    def _pay(self, order: Order) -> None:
        total = order.total_minor
        around = max(1, total + self.chance.choice([-40, -3, -1, 1, 10, 100]))
        amount = self.chance.choice([None, None, None, None, around, max(1, total // 2)])
        self.market.send(
            StartPayment(
                payment_id=self._id("payment"),
                order_id=order.order_id,
                provider=self.chance.choice(["sandbox", "sandbox", "sandbox", "manual"]),
                method="card",
                source="t",
                amount_minor=amount,
                **self.market.at(),
            )
        )

    def _id(self, kind: str) -> str:
        """Mostly a new one; sometimes one that something else has already."""
        taken = [key for _, key in self.market.owed if not key.startswith("~") and ":" not in key]
        return (
            self.chance.choice(taken) if taken and self.chance.random() < 0.1 else self._new(kind)
        )

    def _part(self, order: Order) -> dict[str, str]:
        return {
            "order_id": order.order_id,
            "seller_id": self.chance.choice(list(order.parts)),
        }

    def _ship(self, order: Order) -> None:
        self.market.send(
            HandOverShipment(
                carrier="c", tracking_number="t", **self._part(order), **self.market.at()
            )
        )

    def _deliver(self, order: Order) -> None:
        self.market.send(RecordDelivery(**self._part(order), **self.market.at()))

    def _confirm(self, order: Order) -> None:
        self.market.send(ConfirmReceipt(**self._part(order), **self.market.at(BUYER)))

    def _release(self, order: Order) -> None:
        amount = self.chance.choice([None, self.chance.randint(1, 100)])
        self.market.send(ReleaseFunds(amount_minor=amount, **self._part(order), **self.market.at()))

    def _cancel(self, order: Order) -> None:
        if self.chance.random() < 0.6:
            return  # Or there would be little to see of orders that go on.
        self.market.send(CancelOrder(order_id=order.order_id, reason="r", **self.market.at(BUYER)))

    def _refund(self, order: Order) -> None:
        given: dict[str, object] = {}
        match self.chance.choice(["all", "part", "lines", "amount", "amount of part"]):
            case "part":
                given["seller_id"] = self.chance.choice(list(order.parts))
            case "lines":
                count = self.chance.randint(1, len(order.lines))
                given["lines"] = tuple(
                    RefundLineRequest(line_id=line_id, quantity=self.chance.randint(1, 2))
                    for line_id in self.chance.sample(range(1, len(order.lines) + 1), count)
                )
            case "amount":
                given["amount_minor"] = self.chance.randint(1, max(1, order.total_minor))
            case "amount of part":
                given["amount_minor"] = self.chance.randint(1, max(1, order.total_minor))
                given["seller_id"] = self.chance.choice(list(order.parts))
            case _:
                pass
        approve = self.chance.random() < 0.4
        by = self.market.at() if approve else self.market.at(BUYER)
        self.market.send(
            RequestRefund(
                refund_id=self._id("refund"),
                order_id=order.order_id,
                reason="r",
                approve=approve,
                **given,  # type: ignore[arg-type]
                **by,
            )
        )

    def _decide(self, _: Order) -> None:
        for refund in self.market.refunds():
            if refund.status == "requested" and self.chance.random() < 0.5:
                self.operator.decide_on(refund.refund_id)
            elif refund.failed and self.chance.random() < 0.5:
                self.operator.end_leg(refund.refund_id)

    def _pay_out(self, _: Order) -> None:
        self.market.send(
            RequestPayout(
                payout_id=self._id("payout"),
                seller_id=self.chance.choice(self.sellers),
                provider=self.chance.choice(["sandbox", "manual"]),
                destination="",
                **self.market.at(),
            )
        )

    def _wait(self, _: Order) -> None:
        self.market.now += timedelta(hours=self.chance.choice([1, 1, 8, 30, 24 * 15]))

    def finish(self) -> None:
        """Let everything come to its end: parcels arrive, time passes, open decisions are made."""
        market = self.market
        for round_number in range(ROUNDS):
            market.provider.calm = round_number > ROUNDS // 2
            market.settle()
            self._send_parcels()
            market.settle()
            market.sweep()
            self.operator.make_open_decisions()
            market.settle()
            market.now += timedelta(days=4)

    def _send_parcels(self) -> None:
        for order in self.market.orders():
            for seller_id in order.parts:
                ids = {"order_id": order.order_id, "seller_id": seller_id}
                self.market.send(
                    HandOverShipment(carrier="c", tracking_number="t", **ids, **self.market.at())
                )
                self.market.send(RecordDelivery(**ids, **self.market.at()))


def _machine(run: Callable[[Simulation], object]) -> Callable[[People, Order], None]:
    return lambda people, _: run(people.market) and None


DEEDS: list[Callable[[People, Order], None]] = [
    *[People._pay] * 4,
    *[People._ship] * 4,
    *[People._deliver] * 2,
    People._confirm,
    People._cancel,
    *[People._refund] * 3,
    *[People._decide] * 2,
    *[People._release] * 3,
    People._pay_out,
    People._wait,
    *[lambda people, _: people.market.process(people.chance.randint(1, 20)) and None] * 2,
    *[_machine(lambda market: market.call())] * 2,
    _machine(lambda market: market.fire()),
    _machine(lambda market: market.sweep()),
    *[_machine(lambda market: market.provider.changes())] * 2,
    *[_machine(lambda market: market.deliver())] * 2,
]
