"""One handler a command: gather the states, ask the decider, say what to answer.

A handler is pure and synchronous. The states it reads are the command's read set: the append
verifies that none of them has changed.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from commands.command import Command, Policy
from commands.escrow.decider import Escrow
from commands.listing import decider as listing
from commands.listing.decider import Offered
from commands.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.order import fulfilment, placement
from commands.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.order.placement import Market
from commands.order.state import Order, known
from commands.payment import decider as payment
from commands.payment.decider import NoPayment
from commands.payment.messages import (
    RecordCapture,
    RecordDecline,
    StartPayment,
)
from commands.payout import decider as payout
from commands.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.refund import decider as refund
from commands.refund.decider import Books
from commands.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RejectRefund,
    RequestRefund,
)
from commands.refund.state import known as known_refund
from commands.refusals import PaymentUnknown
from commands.seller import decider as seller
from commands.seller.messages import RegisterSeller, SuspendSeller
from commands.shipping_quote import decider as shipping_quote
from commands.shipping_quote.messages import IssueShippingQuote
from commands.states import States
from commands.stock import decider as stock
from commands.stock.messages import ReceiveStock
from eventstore.events.base import Event
from eventstore.events.order import OrderPaid, OrderPlaced
from eventstore.events.payment import PaymentCaptured, PaymentStarted
from eventstore.events.payout import PayoutRequested, PayoutSettled
from eventstore.events.refund import RefundApproved, RefundRequested, RefundSettled
from eventstore.events.shipping_quote import ShippingQuoteIssued

type Answer = dict[str, object]
type Decision = tuple[list[Event], Answer]
type Handler = Callable[[Any, States, Policy], Decision]


def register_seller(command: RegisterSeller, states: States, _: Policy) -> Decision:
    state = states.seller(command.seller_id, new=True)
    return seller.register(command, state), {"seller_id": command.seller_id}


def suspend_seller(command: SuspendSeller, states: States, _: Policy) -> Decision:
    state = states.seller(command.seller_id)
    return seller.suspend(command, state), {"seller_id": command.seller_id}


def create_listing(command: CreateListing, states: States, _: Policy) -> Decision:
    events = listing.create(
        command, states.listing(command.listing_id, new=True), states.seller(command.seller_id)
    )
    return events, {"listing_id": command.listing_id}


def reprice_listing(command: RepriceListing, states: States, _: Policy) -> Decision:
    events = listing.reprice(command, states.listing(command.listing_id))
    return events, {"listing_id": command.listing_id, "price": command.price}


def retire_listing(command: RetireListing, states: States, _: Policy) -> Decision:
    events = listing.retire(command, states.listing(command.listing_id))
    return events, {"listing_id": command.listing_id}


def receive_stock(command: ReceiveStock, states: States, _: Policy) -> Decision:
    state = states.stock(command.listing_id)
    events = stock.receive(command, state, states.listing(command.listing_id))
    available = state.available + command.quantity
    return events, {"listing_id": command.listing_id, "available": available}


def issue_shipping_quote(command: IssueShippingQuote, states: States, policy: Policy) -> Decision:
    events = shipping_quote.issue(
        command,
        states.quote(command.quote_id, new=True),
        [states.listing(line.listing_id) for line in command.lines],
        policy,
    )
    issued = _only(events, ShippingQuoteIssued)
    total = sum(line.shipping_minor for line in issued.lines)
    return events, {
        "quote_id": issued.quote_id,
        "shipping": {"amount_minor": total, "currency": issued.currency},
        "lines": issued.lines,
        "expires_at": issued.expires_at,
    }


def place_order(command: PlaceOrder, states: States, policy: Policy) -> Decision:
    listings = [states.listing(line.listing_id) for line in command.lines]
    owners = dict.fromkeys(offer.seller_id for offer in listings if isinstance(offer, Offered))
    market = Market(
        quote=states.quote(command.shipping_quote_id),
        listings=listings,
        sellers={seller_id: states.seller(seller_id) for seller_id in owners},
        stocks={line.listing_id: states.stock(line.listing_id) for line in command.lines},
        policy=policy,
    )
    events = placement.place(command, states.order(command.order_id, new=True), market)
    placed = _only(events, OrderPlaced)
    return events, {
        "order_id": placed.order_id,
        "status": "awaiting_payment",
        "total": placed.total,
        "payment_due_at": placed.payment_due_at,
        "lines": placed.lines,
    }


def cancel_order(command: CancelOrder, states: States, _: Policy) -> Decision:
    order = known(states.order(command.order_id))
    listings = dict.fromkeys(line.line.listing_id for line in order.lines)
    stocks = {listing_id: states.stock(listing_id) for listing_id in listings}
    events = placement.cancel(command, order, stocks)
    return events, {"order_id": command.order_id, "status": "cancelled"}


def hand_over(command: HandOverShipment, states: States, _: Policy) -> Decision:
    order = known(states.order(command.order_id))
    stocks = {
        line.line.listing_id: states.stock(line.line.listing_id)
        for line in order.lines_of(command.seller_id)
    }
    events = fulfilment.hand_over(command, order, stocks)
    return events, _part_answer(command.order_id, command.seller_id, "handed_over")


def record_delivery(command: RecordDelivery, states: States, policy: Policy) -> Decision:
    events = fulfilment.deliver(command, states.order(command.order_id), policy)
    return events, _part_answer(command.order_id, command.seller_id, "delivered")


def confirm_receipt(command: ConfirmReceipt, states: States, _: Policy) -> Decision:
    events = fulfilment.confirm(
        command,
        states.order(command.order_id),
        states.escrow(command.order_id, command.seller_id),
        states.account(command.seller_id),
    )
    return events, _part_answer(command.order_id, command.seller_id, "completed")


def release_funds(command: ReleaseFunds, states: States, _: Policy) -> Decision:
    events = fulfilment.release(
        command,
        states.order(command.order_id),
        states.escrow(command.order_id, command.seller_id),
        states.account(command.seller_id),
    )
    return events, {"order_id": command.order_id, "seller_id": command.seller_id}


def _part_answer(order_id: str, seller_id: str, status: str) -> Answer:
    return {"order_id": order_id, "seller_id": seller_id, "status": status}


def start_payment(command: StartPayment, states: States, policy: Policy) -> Decision:
    order = states.order(command.order_id)
    escrows = _escrows(known(order), states) if command.provider == payment.MANUAL else {}
    state = states.payment(command.payment_id, new=True)
    events = payment.start(command, state, order, escrows, policy)
    started = _only(events, PaymentStarted)
    captured = _has(events, PaymentCaptured)
    return events, {
        "payment_id": command.payment_id,
        "order_id": command.order_id,
        "amount": started.amount,
        "status": "captured" if captured else "started",
        "order_paid": _has(events, OrderPaid),
    }


def record_capture(command: RecordCapture, states: States, policy: Policy) -> Decision:
    state = states.payment(command.payment_id)
    if isinstance(state, NoPayment):
        raise PaymentUnknown(field="payment_id")
    order = known(states.order(state.order_id))
    events = payment.capture(command, state, order, _escrows(order, states), policy)
    return events, {"payment_id": command.payment_id, "status": "captured"}


def record_decline(command: RecordDecline, states: States, _: Policy) -> Decision:
    events = payment.decline(command, states.payment(command.payment_id))
    return events, {"payment_id": command.payment_id, "status": "declined"}


def _escrows(order: Order, states: States) -> dict[str, Escrow]:
    new = order.status == "awaiting_payment" and not order.charges
    return {
        seller_id: states.escrow(order.order_id, seller_id, new=new) for seller_id in order.parts
    }


def request_refund(command: RequestRefund, states: States, _: Policy) -> Decision:
    order = known(states.order(command.order_id))
    state = states.refund(command.refund_id, new=True)
    events = refund.request(command, state, _books(order, states))
    requested = _only(events, RefundRequested)
    return events, {
        "refund_id": command.refund_id,
        "order_id": command.order_id,
        "amount": requested.amount,
        "status": _refund_status(events),
    }


def approve_refund(command: ApproveRefund, states: States, _: Policy) -> Decision:
    state = known_refund(states.refund(command.refund_id))
    order = known(states.order(state.order_id))
    events = refund.approve(command, state, _books(order, states))
    return events, {"refund_id": command.refund_id, "status": _refund_status(events)}


def _refund_status(events: Iterable[Event]) -> str:
    if _has(events, RefundSettled):
        return "settled"
    return "approved" if _has(events, RefundApproved) else "requested"


def _books(order: Order, states: States) -> Books:
    return Books(
        order=order,
        escrows={seller_id: states.escrow(order.order_id, seller_id) for seller_id in order.parts},
        accounts={seller_id: states.account(seller_id) for seller_id in order.parts},
        stocks={line.line.listing_id: states.stock(line.line.listing_id) for line in order.lines},
    )


def reject_refund(command: RejectRefund, states: States, _: Policy) -> Decision:
    events = refund.reject(command, states.refund(command.refund_id))
    return events, {"refund_id": command.refund_id, "status": "rejected"}


def settle_leg(command: RecordRefundLegSettled, states: States, _: Policy) -> Decision:
    return refund.settle_leg(command, states.refund(command.refund_id)), {}


def fail_leg(command: RecordRefundLegFailed, states: States, _: Policy) -> Decision:
    return refund.fail_leg(command, states.refund(command.refund_id)), {}


def request_payout(command: RequestPayout, states: States, _: Policy) -> Decision:
    events = payout.request(
        command,
        states.payout(command.payout_id, new=True),
        states.seller(command.seller_id),
        states.account(command.seller_id),
    )
    return events, {
        "payout_id": command.payout_id,
        "seller_id": command.seller_id,
        "amount": _only(events, PayoutRequested).amount,
        "status": "settled" if _has(events, PayoutSettled) else "requested",
    }


def send_payout(command: RecordPayoutSent, states: States, _: Policy) -> Decision:
    return payout.send(command, states.payout(command.payout_id)), {}


def settle_payout(command: RecordPayoutSettled, states: States, _: Policy) -> Decision:
    return payout.settle(command, states.payout(command.payout_id)), {}


def fail_payout(command: RecordPayoutFailed, states: States, _: Policy) -> Decision:
    state = states.payout(command.payout_id)
    return payout.fail(command, state, states.account(command.seller_id)), {}


def _only[E: Event](events: Iterable[Event], kind: type[E]) -> E:
    return next(event for event in events if isinstance(event, kind))


def _has(events: Iterable[Event], kind: type[Event]) -> bool:
    return any(isinstance(event, kind) for event in events)


HANDLERS: dict[type[Command], Handler] = {
    RegisterSeller: register_seller,
    SuspendSeller: suspend_seller,
    CreateListing: create_listing,
    RepriceListing: reprice_listing,
    RetireListing: retire_listing,
    ReceiveStock: receive_stock,
    IssueShippingQuote: issue_shipping_quote,
    PlaceOrder: place_order,
    CancelOrder: cancel_order,
    HandOverShipment: hand_over,
    RecordDelivery: record_delivery,
    ConfirmReceipt: confirm_receipt,
    ReleaseFunds: release_funds,
    StartPayment: start_payment,
    RecordCapture: record_capture,
    RecordDecline: record_decline,
    RequestRefund: request_refund,
    ApproveRefund: approve_refund,
    RejectRefund: reject_refund,
    RecordRefundLegSettled: settle_leg,
    RecordRefundLegFailed: fail_leg,
    RequestPayout: request_payout,
    RecordPayoutSent: send_payout,
    RecordPayoutSettled: settle_payout,
    RecordPayoutFailed: fail_payout,
}

ANSWERS = msgspec.json.Encoder()
