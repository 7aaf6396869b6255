"""How an order remembers each event: by the event's type."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from commands.stream import Fold
from commands.streams.order.state import INITIAL, Charge, OpenLine, Order, OrderState, PartStatus
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderLine,
    OrderPaid,
    OrderPaymentClosed,
    OrderPaymentOpened,
    OrderPaymentRecorded,
    OrderPaymentReinstated,
    OrderPaymentReversed,
    OrderPlaced,
    OrderUnpaid,
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
    PaymentDifferenceReversed,
    ReceiptConfirmed,
    RefundLegMoved,
    RefundLine,
    RefundReservationDropped,
    RefundReservationUsed,
    RefundReserved,
    SellerPartCancelled,
    SellerPartCompleted,
    SellerPartEmptied,
    ShipmentDelivered,
    ShipmentHandedOver,
    order_stream,
)
from eventstore.values import Money


def _placed(event: OrderPlaced) -> Order:
    return Order(
        order_id=event.order_id,
        buyer_id=event.buyer_id,
        currency=event.total.currency,
        total_minor=event.total.amount_minor,
        lines=tuple([_open(line) for line in event.lines]),
        parts=dict.fromkeys([line.seller_id for line in event.lines], "placed"),
        payment_due_at=event.payment_due_at,
    )


def _open(line: OrderLine) -> OpenLine:
    return OpenLine(
        line=line,
        quantity=line.quantity,
        price_minor=line.unit_price_minor * line.quantity,
        shipping_minor=line.shipping_minor,
        commission_minor=line.commission_minor,
        commission_vat_minor=line.commission_vat_minor,
    )


def _paid(order: Order, _: OrderPaid) -> Order:
    status = "paid" if order.status == "awaiting_payment" else order.status
    return replace(order, status=status, short=False)


def _unpaid(order: Order, event: OrderUnpaid) -> Order:
    status = order.status if event.goes_on else "awaiting_payment"
    return replace(order, status=status, short=True, payment_due_at=event.payment_due_at)


def _cancelled(order: Order, _: OrderCancelled) -> Order:
    return replace(order, status="cancelled", short=False)


def _completed(order: Order, _: OrderCompleted) -> Order:
    return replace(order, status="completed", short=False)


def _handed_over(order: Order, event: ShipmentHandedOver) -> Order:
    return replace(_part(order, event.seller_id, "handed_over"), shipped=True)


def _delivered(order: Order, event: ShipmentDelivered) -> Order:
    return _part(order, event.seller_id, "delivered")


def _part_completed(order: Order, event: SellerPartCompleted) -> Order:
    return _part(order, event.seller_id, "completed")


def _part_emptied(order: Order, event: SellerPartEmptied) -> Order:
    return _part(order, event.seller_id, "emptied")


def _part_cancelled(order: Order, event: SellerPartCancelled) -> Order:
    """Nothing that could still go out waits for money now."""
    return replace(_part(order, event.seller_id, "cancelled"), short=False)


def _part(order: Order, seller_id: str, status: PartStatus) -> Order:
    return replace(order, parts=order.parts | {seller_id: status})


def _confirmed(order: Order, event: ReceiptConfirmed) -> Order:
    return replace(order, confirmed=order.confirmed | {event.seller_id})


def _payment_opened(order: Order, event: OrderPaymentOpened) -> Order:
    opened = order.open_payments | {event.payment_id: event.amount.amount_minor}
    return replace(order, open_payments=opened)


def _payment_closed(order: Order, event: OrderPaymentClosed) -> Order:
    return _without_payment(order, event.payment_id)


def _payment_recorded(order: Order, event: OrderPaymentRecorded) -> Order:
    charge = Charge(
        payment_id=event.payment_id,
        provider=event.provider,
        reference=event.charge_reference,
        captured_minor=event.amount.amount_minor,
    )
    paid = _without_payment(order, event.payment_id)
    return replace(paid, charges=(*order.charges, charge))


def _charges(order: Order, payment_id: str, change: Callable[[Charge], Charge]) -> Order:
    return replace(
        order,
        charges=tuple(
            change(charge) if charge.payment_id == payment_id else charge
            for charge in order.charges
        ),
    )


def _payment_reversed(order: Order, event: OrderPaymentReversed) -> Order:
    return _charges(order, event.payment_id, lambda one: _taken_back(one, event.amount, 1))


def _payment_reinstated(order: Order, event: OrderPaymentReinstated) -> Order:
    return _charges(order, event.payment_id, lambda one: _taken_back(one, event.amount, -1))


def _taken_back(charge: Charge, amount: Money, sign: int) -> Charge:
    return replace(
        charge,
        captured_minor=charge.captured_minor - sign * amount.amount_minor,
        reversed_minor=charge.reversed_minor + sign * amount.amount_minor,
    )


def _leg_moved(order: Order, event: RefundLegMoved) -> Order:
    amount = event.amount.amount_minor

    def refunded(by: int) -> Callable[[Charge], Charge]:
        return lambda one: replace(one, refunded_minor=one.refunded_minor + by)

    freed = _charges(order, event.from_payment_id, refunded(-amount))
    return _charges(freed, event.to_payment_id, refunded(amount))


def _difference_charged_back(order: Order, event: PaymentDifferenceChargedBack) -> Order:
    return replace(order, difference_minor=order.difference_minor - event.amount.amount_minor)


def _difference_booked(order: Order, event: PaymentDifferenceBooked) -> Order:
    return replace(order, difference_minor=order.difference_minor + event.amount.amount_minor)


def _difference_reversed(order: Order, event: PaymentDifferenceReversed) -> Order:
    amount = event.amount.amount_minor
    return replace(
        order,
        difference_minor=order.difference_minor - amount,
        returned_difference_minor=order.returned_difference_minor + amount,
    )


def _refund_used(order: Order, event: RefundReservationUsed) -> Order:
    rest = {key: value for key, value in order.open_refunds.items() if key != event.refund_id}
    return replace(order, open_refunds=rest)


def _refund_dropped(order: Order, event: RefundReservationDropped) -> Order:
    given_back = _take(order, order.open_refunds[event.refund_id], -1)
    rest = {key: value for key, value in order.open_refunds.items() if key != event.refund_id}
    return replace(given_back, open_refunds=rest)


def _without_payment(order: Order, payment_id: str) -> Order:
    if payment_id not in order.open_payments:
        return order
    rest = {key: value for key, value in order.open_payments.items() if key != payment_id}
    return replace(order, open_payments=rest)


def _reserve(order: Order, event: RefundReserved) -> Order:
    taken = _take(order, event, 1)
    return replace(taken, open_refunds=order.open_refunds | {event.refund_id: event})


def _take(order: Order, refund: RefundReserved, sign: int) -> Order:
    by_line = {line.line_id: line for line in refund.lines}
    by_payment = {leg.payment_id: leg.amount_minor for leg in refund.legs}
    return replace(
        order,
        lines=tuple(
            _less(line, by_line[line.line.line_id], sign) if line.line.line_id in by_line else line
            for line in order.lines
        ),
        charges=tuple(
            replace(
                charge,
                refunded_minor=charge.refunded_minor + sign * by_payment.get(charge.payment_id, 0),
            )
            for charge in order.charges
        ),
    )


def _less(line: OpenLine, refund: RefundLine, sign: int) -> OpenLine:
    return OpenLine(
        line=line.line,
        quantity=line.quantity - sign * refund.quantity,
        price_minor=line.price_minor - sign * refund.price_minor,
        shipping_minor=line.shipping_minor - sign * refund.shipping_minor,
        commission_minor=line.commission_minor - sign * refund.commission_minor,
        commission_vat_minor=line.commission_vat_minor - sign * refund.commission_vat_minor,
    )


# By type, not by a ladder of cases: an order is replayed more often than anything else.
EVOLVE: dict[type[Event], Callable[[Order, Any], Order]] = {
    OrderPaid: _paid,
    OrderUnpaid: _unpaid,
    OrderCancelled: _cancelled,
    OrderCompleted: _completed,
    ShipmentHandedOver: _handed_over,
    ShipmentDelivered: _delivered,
    SellerPartCompleted: _part_completed,
    SellerPartEmptied: _part_emptied,
    SellerPartCancelled: _part_cancelled,
    ReceiptConfirmed: _confirmed,
    OrderPaymentOpened: _payment_opened,
    OrderPaymentClosed: _payment_closed,
    OrderPaymentRecorded: _payment_recorded,
    OrderPaymentReversed: _payment_reversed,
    OrderPaymentReinstated: _payment_reinstated,
    PaymentDifferenceChargedBack: _difference_charged_back,
    RefundLegMoved: _leg_moved,
    PaymentDifferenceBooked: _difference_booked,
    PaymentDifferenceReversed: _difference_reversed,
    RefundReserved: _reserve,
    RefundReservationUsed: _refund_used,
    RefundReservationDropped: _refund_dropped,
}


def evolve(order: OrderState, event: Event) -> OrderState:
    if isinstance(order, Order):
        go_on = EVOLVE.get(type(event))
        if go_on is not None:
            return go_on(order, event)
    elif isinstance(event, OrderPlaced):
        return _placed(event)
    raise AssertionError(f"the log is broken: {event} after {order}")


ORDER: Fold[OrderState] = Fold("order", order_stream, INITIAL, evolve)
