"""The largest bodies that validation lets through make events and answers of a stated size."""

from typing import Any

import msgspec
import pytest

from commands.command import Actor
from commands.stream import States
from commands.streams.listing.messages import CreateListing
from commands.streams.order.messages import CancelOrder, LineRequest, PlaceOrder
from commands.streams.payment.decider import PAYMENTS_MAX
from commands.streams.payment.messages import StartPayment
from commands.streams.payment.refusals import TooManyPayments
from commands.streams.refund.decider import OPEN_REFUNDS_MAX
from commands.streams.refund.messages import RefundLineRequest, RequestRefund
from commands.streams.refund.refusals import TooManyRefunds
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from commands.write_model import ANSWERS, HANDLERS
from eventstore.codec import encode
from eventstore.limits import EVENT_BYTES_MAX
from eventstore.values import AMOUNT_MINOR_MAX, Envelope, Money
from tests.given import NOW, World, at
from write_api import (
    bodies,
    listings,
    orders,
    payments,
    payouts,
    refunds,
    sellers,
    shipments,
    shipping_quotes,
)
from write_api.app import BODY_BYTES_MAX

MIB = 1024 * 1024
NATS_HEADERS_MAX = 4 * 1024
# What the largest of each may come to; whoever adds a field sees here what it costs.
EVENT_MAX = 128 * 1024
ANSWER_MAX = 32 * 1024
BODY_MAX = 24 * 1024

ID = 64 * "i"
TEXT = (bodies.TEXT_BYTES_MAX // 4) * "\U0001f600"
TITLE = (bodies.TITLE_BYTES_MAX // 4) * "\U0001f600"
CATEGORY = (bodies.CATEGORY_BYTES_MAX // 4) * "\U0001f600"
TOKEN = 200 * "t"
LINES = bodies.LINES_MAX
PRICE = AMOUNT_MINOR_MAX // 200
KEY = 255 * "k"
BUYER = Actor("buyer", ID)


def named(number: int) -> str:
    return f"{number:064}"


def amount(minor: int) -> dict[str, object]:
    return {"amount_minor": minor, "currency": "EUR"}


WORST: list[tuple[Any, dict[str, Any]]] = [
    (sellers.SellerBody, {"name": TEXT, "currency": "EUR", "seller_id": ID, "commission_rate_bps": 10_000, "payout_destination": TOKEN}),
    (bodies.ReasonBody, {"reason": TEXT}),
    (listings.ListingBody, {"seller_id": ID, "title": TITLE, "category": CATEGORY, "price": amount(10**13), "listing_id": ID}),
    (shipping_quotes.QuoteBody, {"quote_id": ID, "lines": [{"listing_id": ID, "quantity": 10**6, "shipping_minor": 10**9}] * LINES}),
    (orders.OrderBody, {"order_id": ID, "buyer_id": ID, "shipping_quote_id": ID, "lines": [{"listing_id": ID, "quantity": 10**6}] * LINES}),
    (payments.PaymentBody, {"provider": ID, "method": ID, "source": TOKEN, "amount": amount(10**13), "payment_id": ID}),
    (shipments.ShipmentBody, {"seller_id": ID, "carrier": TEXT, "tracking_number": TEXT}),
    (refunds.RefundBody, {"reason": TEXT, "refund_id": ID, "seller_id": ID, "lines": [{"line_id": 200, "quantity": 10**6}] * refunds.LINE_ID_MAX}),
    (payouts.PayoutBody, {"seller_id": ID, "provider": ID, "destination": TOKEN, "amount": amount(10**13), "payout_id": ID}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), WORST, ids=lambda value: getattr(value, "__name__", ""))
def test_the_largest_body_of_each_route_is_small(kind: Any, body: dict[str, Any]) -> None:
    sent = msgspec.json.encode(body)
    msgspec.json.decode(sent, type=kind)
    assert len(sent) <= BODY_MAX
    # Escaped to the last character a body is six times as long, and still taken in.
    assert 6 * BODY_MAX >= BODY_BYTES_MAX > 5 * BODY_MAX


@pytest.mark.parametrize(("kind", "body"), WORST, ids=lambda value: getattr(value, "__name__", ""))
def test_nothing_longer_than_the_largest_is_taken(kind: Any, body: dict[str, Any]) -> None:
    for field, value in body.items():
        if isinstance(value, str) and field != "currency":
            for longer in (value + value[0], 501 * "x"):
                with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
                    msgspec.convert(body | {field: longer}, kind)
        if isinstance(value, list):
            with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
                msgspec.convert(body | {field: [*value, value[0]]}, kind)


class Fullest(World):
    """Everything as large as its body lets it be; each line another listing of another seller."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[int] = []
        for number in range(LINES):
            seller, listing = named(number), named(1000 + number)
            self.decide(RegisterSeller(seller_id=seller, name=TEXT, currency="EUR", commission_rate_bps=9999, payout_destination=TOKEN, **at()))  # fmt: skip
            self.decide(CreateListing(listing_id=listing, seller_id=seller, title=TITLE, category=CATEGORY, price=Money(PRICE, "EUR"), **at()))  # fmt: skip
            self.decide(ReceiveStock(listing_id=listing, quantity=10**6, **at()))

    def decide(self, command: Any) -> Any:
        _, answer = HANDLERS[type(command)](command, States(self.state), self.policy)
        self.answers.append(len(ANSWERS.encode(answer)))
        return super().decide(command)

    def ordered(self) -> "Fullest":
        basket = tuple(BasketLine(listing_id=named(1000 + n), quantity=1, shipping_minor=10**9 // LINES) for n in range(LINES))  # fmt: skip
        lines = tuple(LineRequest(listing_id=line.listing_id, quantity=1) for line in basket)
        self.decide(IssueShippingQuote(quote_id=ID, lines=basket, **at()))
        self.decide(PlaceOrder(order_id=ID, buyer_id=ID, lines=lines, shipping_quote_id=ID, **at(BUYER)))  # fmt: skip
        return self

    def pay(self, number: int, provider: str = "manual", minor: int | None = None) -> None:
        self.decide(StartPayment(payment_id=named(number), order_id=ID, provider=provider, method=ID, source=TOKEN, amount_minor=minor, **at()))  # fmt: skip

    def refund(self, number: int, **by: Any) -> None:
        self.decide(RequestRefund(refund_id=named(number), order_id=ID, reason=TEXT, **by, **at()))

    def played(self) -> "Fullest":
        self.ordered()
        for number in range(PAYMENTS_MAX - 1):
            self.pay(number, minor=1)
        self.pay(PAYMENTS_MAX)
        for number in range(OPEN_REFUNDS_MAX - 1):
            self.refund(number, amount_minor=LINES)
        self.refund(500, lines=tuple(RefundLineRequest(line_id=n + 1, quantity=1) for n in range(LINES)), approve=True)  # fmt: skip
        self.decide(SuspendSeller(seller_id=named(0), reason=TEXT, **at()))
        return self


@pytest.fixture(scope="module")
def fullest() -> Fullest:
    return Fullest().played()


def test_the_largest_event_fits_the_bus(fullest: Fullest) -> None:
    command_id = f"operator:{ID}/{KEY}"
    envelope = Envelope(
        occurred_at=NOW,
        recorded_at=NOW,
        actor=f"operator:{ID}",
        command_id=command_id,
        correlation_id=f"shipping_quote-{ID}",
        causation_id=command_id,
    )
    sizes = {
        type(event).__name__: len(encode(event, envelope))
        for event in sorted(fullest.history, key=lambda event: len(encode(event, envelope)))
    }
    assert max(sizes.values()) <= EVENT_MAX, sizes
    assert sizes["OrderPlaced"] > EVENT_MAX // 2, "the bound says nothing any more"
    assert {"RefundRequested", "RefundReserved", "RefundApproved"} <= set(sizes)
    assert EVENT_MAX < EVENT_BYTES_MAX <= MIB - NATS_HEADERS_MAX


def test_the_largest_answer_is_stated(fullest: Fullest) -> None:
    assert ANSWER_MAX // 2 < max(fullest.answers) <= ANSWER_MAX


def test_an_answer_repeats_no_titles() -> None:
    world = Fullest().ordered()
    command = CancelOrder(order_id=ID, reason=TEXT, **at(BUYER))
    world.decide(command)
    assert TITLE in str(world.history)
    assert max(world.answers) < len(TITLE.encode()) * LINES


def test_a_buyer_cannot_make_refunds_of_many_legs() -> None:
    world = Fullest().ordered()
    for number in range(PAYMENTS_MAX):
        world.pay(number, minor=1)
    with pytest.raises(TooManyPayments):
        world.pay(PAYMENTS_MAX, "sandbox", 1)
    world.pay(PAYMENTS_MAX)  # An operator's, which settles the order.


def test_a_buyer_cannot_pile_up_undecided_refunds() -> None:
    world = Fullest().ordered()
    world.pay(1)
    asked: dict[str, Any] = {"order_id": ID, "reason": "r", "amount_minor": 1}
    for number in range(OPEN_REFUNDS_MAX):
        world.decide(RequestRefund(refund_id=named(number), **asked, **at(BUYER)))
    with pytest.raises(TooManyRefunds):
        world.decide(RequestRefund(refund_id="one-more", **asked, **at(BUYER)))
    world.decide(RequestRefund(refund_id="decided", approve=True, **asked, **at()))
