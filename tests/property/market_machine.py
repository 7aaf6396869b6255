"""Random histories of a marketplace: a drawn setup and steps, played through the write model.

A step is an operation's name and a few small numbers. The operation reads its targets and amounts
from the numbers and from what exists by then, so that most steps mean something.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from commands.command import Command, Policy
from commands.stream import States
from commands.streams.escrow.state import Escrow
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
from commands.streams.payment.messages import RecordCapture, RecordDecline, StartPayment
from commands.streams.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.streams.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
    Way,
)
from commands.streams.refund.state import Refund
from commands.streams.seller.messages import RegisterSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from commands.write_model import HANDLERS
from eventstore.errors import Refused
from eventstore.events.base import Event
from eventstore.values import Money
from tests.given import World, at
from tests.property.tally import CURRENCY, Tally

SIXTHS = 6
SHIPPING = (0, 0, 1, 50, 333)
REFUNDABLE = ("paid", "completed", "cancelled")
PARTS = ("placed", "handed_over", "delivered", "completed")
WAYS: Sequence[Way] = ("paid_outside", "other_payment", "written_off", "charged_back")
NEAR_TOTAL = (-6, -5, -1, 0, 4, 40)


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Commission rates by seller, and listings as (seller, price, units in stock)."""

    vat_rate_bps: int
    rates_bps: tuple[int | None, ...]
    listings: tuple[tuple[int, int, int], ...]
    tolerance_minor: int = 5
    tolerance_bps: int = 10_000
    bearer: Literal["seller", "marketplace"] = "seller"


class Step(msgspec.Struct, frozen=True):
    operation: str
    numbers: tuple[int, int, int, int, int]


class Market:
    """A world, the ids that exist in it, and the commands that were accepted."""

    def __init__(self, setup: Setup) -> None:
        self.world = World(
            policy=Policy(
                commission_vat_rate_bps=setup.vat_rate_bps,
                payment_tolerance_minor=setup.tolerance_minor,
                payment_tolerance_bps=setup.tolerance_bps,
                chargebacks_borne_by=setup.bearer,
            )
        )
        self.tally = Tally()
        self.accepted: list[Command] = []
        self.fresh: list[Event] = []
        self.ids: dict[str, list[str]] = {
            kind: [] for kind in ("seller", "listing", "order", "payment", "refund", "payout")
        }
        for rate in setup.rates_bps:
            seller_id = self._new("seller")
            self._accept(
                RegisterSeller(
                    seller_id=seller_id,
                    name=seller_id,
                    currency=CURRENCY,
                    commission_rate_bps=rate,
                    payout_destination="acct",
                    **at(),
                )
            )
        for owner, price, units in setup.listings:
            listing_id = self._new("listing")
            self._accept(
                CreateListing(
                    listing_id=listing_id,
                    seller_id=self._pick("seller", owner) or "",
                    title=listing_id,
                    category="things",
                    price=Money(price, CURRENCY),
                    **at(),
                )
            )
            self._accept(ReceiveStock(listing_id=listing_id, quantity=units, **at()))

    def play(self, step: Step) -> bool:
        """Whether anything was accepted. A refusal is a skip, all else that is raised a bug."""
        before = len(self.world.history)
        try:
            for command in OPERATIONS[step.operation](self, *step.numbers):
                self._accept(command)
        except Refused:
            pass
        self.fresh = self.world.history[before:]
        return bool(self.fresh)

    def would(self, command: Command) -> Refused | list[Event]:
        """What the write model says to a command, without doing it."""
        try:
            return HANDLERS[type(command)](command, States(self.world.state), self.world.policy)[0]
        except Refused as refusal:
            return refusal

    def order(self, order_id: str) -> Order:
        return self.world.state(f"order-{order_id}")

    def refund(self, refund_id: str) -> Refund:
        return self.world.state(f"refund-{refund_id}")

    def orders(self) -> list[Order]:
        return [self.order(order_id) for order_id in self.ids["order"]]

    def refunds(self, order_id: str | None = None) -> list[Refund]:
        known = [self.refund(refund_id) for refund_id in self.ids["refund"]]
        return [refund for refund in known if order_id in {None, refund.order_id}]

    def escrow(self, order: Order, seller_id: str) -> Escrow:
        return self.world.state(f"escrow-{order.order_id}/{seller_id}")

    def undecided(self, order_id: str) -> bool:
        return any(refund.status == "requested" for refund in self.refunds(order_id))

    def _accept(self, command: Command) -> None:
        events = self.world.decide(command)
        self.accepted.append(command)
        for event in events:
            self.tally.see(event)
        for kind, known in self.ids.items():
            made = getattr(command, f"{kind}_id", None)
            if made and made not in known:
                known.append(made)

    def _new(self, kind: str) -> str:
        return f"{kind[0] if kind != 'payout' else 'out'}{len(self.ids[kind]) + 1}"

    def _pick(self, kind: str, number: int, *statuses: str) -> str | None:
        """An id by number, 0 the oldest: of those in a status that fits, else of all there are."""
        known = self.ids[kind]
        fit = [one for one in known if statuses and self._status(kind, one) in statuses] or known
        return fit[number % len(fit)] if fit else None

    def _status(self, kind: str, one: str) -> str:
        return self.world.state(f"{kind}-{one}").status


type Commands = Iterator[Command]


def _order(market: Market, count: int, first: int, stride: int, units: int, ship: int) -> Commands:
    lines = [
        (
            market._pick("listing", first + index * stride) or "",
            1 + (units + index) % 3,
            SHIPPING[(ship + index) % len(SHIPPING)],
        )
        for index in range(1 + count % 4)
    ]
    order_id = market._new("order")
    basket = tuple(
        BasketLine(listing_id=listing_id, quantity=quantity, shipping_minor=shipping)
        for listing_id, quantity, shipping in lines
    )
    yield IssueShippingQuote(quote_id=f"q{len(market.accepted)}", lines=basket, **at())
    yield PlaceOrder(
        order_id=order_id,
        buyer_id="buyer",
        lines=tuple(LineRequest(listing_id=line[0], quantity=line[1]) for line in lines),
        shipping_quote_id=f"q{len(market.accepted) - 1}",
        **at(),
    )


def _pay(market: Market, which: int, how: int, kind: int, share: int, near: int) -> Commands:
    if order_id := market._pick("order", which, "awaiting_payment"):
        total = market.order(order_id).total_minor
        around = max(1, total + NEAR_TOTAL[near % SIXTHS])
        amounts = (None, None, around, max(1, total * (share % 8) // SIXTHS))
        yield StartPayment(
            payment_id=market._new("payment"),
            order_id=order_id,
            provider="manual" if how % 3 else "sandbox",
            method="card",
            source="tok",
            amount_minor=amounts[kind % 4],
            **at(),
        )


def _capture(market: Market, which: int, *_: int) -> Commands:
    if payment_id := market._pick("payment", which, "started", "declined", "reversed"):
        yield RecordCapture(payment_id=payment_id, order_id="", charge_reference="ch", **at())


def _decline(market: Market, which: int, *_: int) -> Commands:
    if payment_id := market._pick("payment", which):
        yield RecordDecline(payment_id=payment_id, reason="declined", **at())


def _cancel(market: Market, which: int, *_: int) -> Commands:
    if order_id := market._pick("order", which, "awaiting_payment", "paid"):
        yield CancelOrder(order_id=order_id, reason="changed", **at())


def _part(market: Market, number: int, *statuses: str) -> dict[str, str] | None:
    parts = [
        (status in statuses and order.status in {"paid", "completed"}, order.order_id, seller_id)
        for order in market.orders()
        for seller_id, status in order.parts.items()
    ]
    fit = [part for part in parts if part[0]] or parts
    if not fit:
        return None
    _, order_id, seller_id = fit[number % len(fit)]
    return {"order_id": order_id, "seller_id": seller_id}


def _hand_over(market: Market, which: int, *_: int) -> Commands:
    if ids := _part(market, which, "placed"):
        yield HandOverShipment(carrier="post", tracking_number="t", **ids, **at())


def _deliver(market: Market, which: int, *_: int) -> Commands:
    if ids := _part(market, which, "placed", "handed_over"):
        if market.order(ids["order_id"]).part(ids["seller_id"]) == "placed":
            yield HandOverShipment(carrier="post", tracking_number="t", **ids, **at())
        yield RecordDelivery(**ids, **at())


def _confirm(market: Market, which: int, *_: int) -> Commands:
    if ids := _part(market, which, "delivered"):
        yield ConfirmReceipt(**ids, **at())


def _release(market: Market, which: int, share: int, *_: int) -> Commands:
    if ids := _part(market, which, "placed", "handed_over", "delivered"):
        held = market.world.state(f"escrow-{ids['order_id']}/{ids['seller_id']}").held_minor
        amount = max(1, held * share // SIXTHS) if share % SIXTHS else None
        yield ReleaseFunds(amount_minor=amount, **ids, **at())


def _refund(market: Market, order_id: str, approve: int, **given: object) -> Command:
    return RequestRefund(
        refund_id=market._new("refund"),
        order_id=order_id,
        reason="returned",
        approve=bool(approve % 2),
        **given,  # type: ignore[arg-type]
        **at(),
    )


def _refund_all(market: Market, which: int, approve: int, *_: int) -> Commands:
    if order_id := market._pick("order", which, *REFUNDABLE):
        yield _refund(market, order_id, approve)


def _refund_lines(
    market: Market, which: int, approve: int, first: int, units: int, more: int
) -> Commands:
    if order_id := market._pick("order", which, *REFUNDABLE):
        count = len(market.order(order_id).lines)
        requests = {
            1 + (first + index) % count: 1 + (units + index) % 3 for index in range(1 + more % 2)
        }
        lines = tuple(
            RefundLineRequest(line_id=line_id, quantity=quantity)
            for line_id, quantity in requests.items()
        )
        yield _refund(market, order_id, approve, lines=lines)


def _refund_amount(
    market: Market, which: int, approve: int, share: int, part: int, near: int
) -> Commands:
    if ids := _part(market, which, *PARTS):
        order = market.order(ids["order_id"])
        seller_id = ids["seller_id"] if part % 2 else None
        lines = order.lines_of(seller_id) if seller_id else order.lines
        left = sum(line.gross_minor for line in lines)
        amount = max(1, left * (share % SIXTHS + 1) // SIXTHS - near % 2)
        given = {"amount_minor": amount, "seller_id": seller_id}
        yield _refund(market, order.order_id, approve, **given)


def _approve(market: Market, which: int, *_: int) -> Commands:
    if refund_id := market._pick("refund", which, "requested"):
        yield ApproveRefund(refund_id=refund_id, **at())


def _reject(market: Market, which: int, *_: int) -> Commands:
    if refund_id := market._pick("refund", which, "requested"):
        yield RejectRefund(refund_id=refund_id, reason="no", **at())


def _leg(market: Market, which: int, settle: int, leg: int, *_: int) -> Commands:
    if refund_id := market._pick("refund", which, "approved", "failed"):
        legs = market.refund(refund_id).legs
        ids = {"refund_id": refund_id, "payment_id": legs[leg % len(legs)].payment_id}
        if settle % 3:
            yield RecordRefundLegSettled(provider_reference="re", **ids, **at())
        else:
            yield RecordRefundLegFailed(reason="closed", **ids, **at())


def _leg_otherwise(market: Market, which: int, way: int, to: int, *_: int) -> Commands:
    if refund_id := market._pick("refund", which, "failed"):
        refund = market.refund(refund_id)
        charges = market.order(refund.order_id).charges
        yield SettleRefundLeg(
            refund_id=refund_id,
            payment_id=min(refund.failed, default="none"),
            way=WAYS[way % len(WAYS)],
            reason="closed",
            reference="transfer",
            to_payment_id=charges[to % len(charges)].payment_id if charges else "none",
            **at(),
        )


def _return_overpaid(market: Market, which: int, *_: int) -> Commands:
    if order_id := market._pick("order", which, "paid", "completed"):
        yield _refund(market, order_id, 1, overpaid=True)


def _pay_out(market: Market, which: int, how: int, share: int, *_: int) -> Commands:
    if seller_id := market._pick("seller", which):
        due = [one for one in market.ids["seller"] if market.tally.balance(f"seller_payable:{one}")]
        seller_id = due[which % len(due)] if due else seller_id
        balance = market.world.state(f"seller_account-{seller_id}").balance_minor
        yield RequestPayout(
            payout_id=market._new("payout"),
            seller_id=seller_id,
            provider="sandbox" if how % 2 else "manual",
            destination="",
            amount_minor=max(1, balance * share // SIXTHS) if share % SIXTHS else None,
            **at(),
        )


def _payout_result(market: Market, which: int, result: int, *_: int) -> Commands:
    if payout_id := market._pick("payout", which):
        seller_id = market.world.state(f"payout-{payout_id}").seller_id
        ids = {"payout_id": payout_id, "seller_id": seller_id}
        if result % 3 == 0:
            yield RecordPayoutSettled(provider_reference="po", **ids, **at())
        elif result % 3 == 1:
            yield RecordPayoutFailed(reason="closed", **ids, **at())
        else:
            yield RecordPayoutSent(payout_id=payout_id, provider_reference="po", **at())


OPERATIONS: dict[str, Callable[..., Commands]] = {
    "pay": _pay,
    "capture": _capture,
    "decline": _decline,
    "cancel": _cancel,
    "hand over": _hand_over,
    "deliver": _deliver,
    "confirm": _confirm,
    "release": _release,
    "refund all": _refund_all,
    "refund lines": _refund_lines,
    "refund amount": _refund_amount,
    "approve": _approve,
    "reject": _reject,
    "leg": _leg,
    "leg otherwise": _leg_otherwise,
    "return overpaid": _return_overpaid,
    "pay out": _pay_out,
    "payout result": _payout_result,
    "order": _order,
}
