"""Every refusal that is not provoked elsewhere, one command each; nothing is appended."""

from collections.abc import Callable

import msgspec
import pytest

from commands.command import Actor, Command
from commands.refusals import AmountTooLarge, Refusal
from commands.streams.listing.messages import CreateListing
from commands.streams.listing.refusals import ListingExists, ListingUnknown
from commands.streams.order.messages import (
    CancelOrder,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    ReleaseFunds,
)
from commands.streams.order.refusals import (
    NothingToShip,
    OrderExists,
    OrderUnknown,
    SellerNotInOrder,
)
from commands.streams.payment.messages import RecordCapture, StartPayment
from commands.streams.payment.refusals import PaymentExists, PaymentUnknown
from commands.streams.payout.messages import RecordPayoutSettled, RequestPayout
from commands.streams.payout.refusals import PayoutExists, PayoutUnknown
from commands.streams.refund.messages import (
    ApproveRefund,
    RecordRefundLegSettled,
    RefundLineRequest,
    RequestRefund,
)
from commands.streams.refund.refusals import (
    NothingToRefund,
    RefundExists,
    RefundNotApproved,
    RefundUnknown,
)
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.seller.refusals import SellerExists, SellerUnknown
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.shipping_quote.refusals import QuoteExists
from commands.streams.stock.decider import commit, let_go
from commands.streams.stock.messages import ReceiveStock
from commands.streams.stock.refusals import ReservationTooSmall
from commands.streams.stock.state import Stock
from commands.write_model import HANDLERS
from tests.given import at
from tests.unit.market import Market, eur, refuses

BUYER = Actor("buyer", "bob")


@pytest.fixture
def market() -> Market:
    """A paid order of Anna's, a refund requested, a payout made."""
    made = Market()
    made.place("o0")
    made.decide(
        StartPayment(
            payment_id="p0", order_id="o0", provider="manual", method="m", source="", **at()
        )
    )
    made.decide(ReleaseFunds(order_id="o0", seller_id="anna", **at()))
    made.place(anna=2)
    made.pay()
    made.refund(lines=(RefundLineRequest(line_id=1, quantity=1),), approve=False)
    made.pay_out(amount_minor=1)
    return made


def payment(payment_id: str, order_id: str) -> Command:
    return StartPayment(
        payment_id=payment_id,
        order_id=order_id,
        provider="sandbox",
        method="m",
        source="",
        **at(BUYER),
    )


def refund(refund_id: str, order_id: str = "o1") -> Command:
    return RequestRefund(refund_id=refund_id, order_id=order_id, reason="r", **at())


def place(order_id: str) -> Command:
    line = LineRequest(listing_id="anna-item", quantity=1)
    return PlaceOrder(
        order_id=order_id, buyer_id="bob", lines=(line,), shipping_quote_id="q", **at(BUYER)
    )


def listing() -> Command:
    ids = {"listing_id": "anna-item", "seller_id": "anna"}
    return CreateListing(title="t", category="c", price=eur(1), **ids, **at())


CASES: list[tuple[type[Refusal], Callable[[], Command]]] = [
    (
        SellerExists,
        lambda: RegisterSeller(seller_id="anna", name="n", currency="EUR", **at()),
    ),
    (SellerUnknown, lambda: SuspendSeller(seller_id="nobody", reason="r", **at())),
    (ListingExists, listing),
    (ListingUnknown, lambda: ReceiveStock(listing_id="nothing", quantity=1, **at())),
    (AmountTooLarge, lambda: ReceiveStock(listing_id="anna-item", quantity=10**9, **at())),
    (OrderExists, lambda: place("o1")),
    (OrderUnknown, lambda: CancelOrder(order_id="nope", reason="r", **at())),
    (OrderUnknown, lambda: refund("r9", "nope")),
    (
        SellerNotInOrder,
        lambda: HandOverShipment(
            order_id="o1", seller_id="boris", carrier="c", tracking_number="t", **at()
        ),
    ),
    (PaymentExists, lambda: payment("p1", "o1")),
    (
        PaymentUnknown,
        lambda: RecordCapture(payment_id="nope", order_id="o1", charge_reference="c", **at()),
    ),
    (
        PaymentUnknown,
        lambda: RecordRefundLegSettled(
            refund_id="r1", payment_id="p9", provider_reference="re", **at()
        ),
    ),
    (RefundExists, lambda: refund("r1")),
    (RefundUnknown, lambda: ApproveRefund(refund_id="nope", **at())),
    (
        RefundNotApproved,
        lambda: RecordRefundLegSettled(
            refund_id="r1", payment_id="p1", provider_reference="re", **at()
        ),
    ),
    (
        PayoutExists,
        lambda: RequestPayout(
            payout_id="po1", seller_id="anna", provider="manual", destination="", **at()
        ),
    ),
    (
        PayoutUnknown,
        lambda: RecordPayoutSettled(
            payout_id="nope", seller_id="anna", provider_reference="po", **at()
        ),
    ),
]


@pytest.mark.parametrize(
    ("refusal", "command"), CASES, ids=[f"{n}-{r.code}" for n, (r, _) in enumerate(CASES)]
)
def test_a_refusal(market: Market, refusal: type[Refusal], command: Callable[[], Command]) -> None:
    if refusal is RefundNotApproved:
        refuses(market, refusal, command())
        return
    if refusal is PaymentUnknown:
        market.decide(ApproveRefund(refund_id="r1", **at()))
    refuses(market, refusal, command())


def test_a_quote_is_issued_once(market: Market) -> None:
    line = BasketLine(listing_id="anna-item", quantity=1)
    issue = IssueShippingQuote(quote_id="q", lines=(line,), **at(BUYER))
    market.decide(issue)
    refuses(market, QuoteExists, issue)


def test_a_part_that_is_refunded_whole_has_nothing_to_ship_and_nothing_to_refund() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay()
    by_amount = eur(1055).amount_minor
    market.refund("r1", amount_minor=by_amount - 50, seller_id="anna", approve=False)
    market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=1),))
    everything = RequestRefund(
        refund_id="r3", order_id="o1", reason="r", amount_minor=1, seller_id="anna", **at()
    )
    refuses(market, NothingToRefund, everything)
    market.decide(ApproveRefund(refund_id="r1", **at()))
    hand_over = HandOverShipment(
        order_id="o1", seller_id="anna", carrier="c", tracking_number="t", **at()
    )
    refuses(market, NothingToShip, hand_over)


@pytest.mark.parametrize("move", [commit, let_go])
def test_no_more_leaves_a_reservation_than_is_in_it(move: Callable[..., object]) -> None:
    with pytest.raises(ReservationTooSmall):
        move("l1", "o1", 3, Stock(available=5, reserved=2))


def test_every_command_has_a_handler() -> None:
    def leaves(kind: type[Command]) -> set[type[Command]]:
        children = kind.__subclasses__()
        return {kind} if not children else set().union(*(leaves(child) for child in children))

    declared = {kind for kind in leaves(Command) if kind.__module__.startswith("commands.")}
    assert declared == set(HANDLERS)
    assert all(issubclass(kind, msgspec.Struct) for kind in declared)
