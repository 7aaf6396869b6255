"""Facts about an order over several sellers, from placement to completion."""

from datetime import datetime

import msgspec

from eventstore.events.base import Event
from eventstore.personal import Personal
from eventstore.values import Money


def order_stream(order_id: str) -> str:
    return f"order-{order_id}"


class CommissionTerms(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The rule that set the commission, frozen at placement; rates in basis points."""

    rule: str
    rate_bps: int
    vat_rate_bps: int


class OrderLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One listing in an order; amounts are minor units of the order's currency, whole line."""

    line_id: int
    listing_id: str
    seller_id: str
    title: str
    category: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int
    commission_minor: int
    commission_vat_minor: int
    commission: CommissionTerms


class RefundLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a refund takes back of one line. A quantity of 0 is money without goods."""

    line_id: int
    seller_id: str
    quantity: int
    price_minor: int
    shipping_minor: int
    commission_minor: int
    commission_vat_minor: int


class RefundLeg(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The part of a refund that goes back over one payment."""

    payment_id: str
    provider: str
    charge_reference: str
    amount_minor: int


class OrderEvent(Event, frozen=True, kw_only=True):
    order_id: str

    @property
    def stream(self) -> str:
        return order_stream(self.order_id)


class OrderPlaced(OrderEvent, frozen=True, kw_only=True, tag="order.placed.v1"):
    buyer_id: str
    lines: tuple[OrderLine, ...]
    total: Money
    quote_id: str
    payment_due_at: datetime


class OrderPaymentOpened(OrderEvent, frozen=True, kw_only=True, tag="order.payment_opened.v1"):
    """A payment is under way at its provider: what it is for is not asked for twice."""

    payment_id: str
    amount: Money


class OrderPaymentClosed(OrderEvent, frozen=True, kw_only=True, tag="order.payment_closed.v1"):
    """A payment that was under way has ended without a capture."""

    payment_id: str


class OrderPaymentRecorded(OrderEvent, frozen=True, kw_only=True, tag="order.payment_recorded.v1"):
    payment_id: str
    provider: str
    method: str
    charge_reference: str
    amount: Money


class PaymentDifferenceBooked(
    OrderEvent, frozen=True, kw_only=True, tag="order.payment_difference_booked.v1"
):
    """Captured more (positive) or less (negative) than the order's total."""

    payment_id: str
    amount: Money


class PaymentDifferenceReversed(
    OrderEvent, frozen=True, kw_only=True, tag="order.payment_difference_reversed.v1"
):
    refund_id: str
    amount: Money


class OrderPaymentReversed(OrderEvent, frozen=True, kw_only=True, tag="order.payment_reversed.v1"):
    """The provider took a charge back. `amount` is what refunds had left of it."""

    payment_id: str
    amount: Money


class OrderPaymentReinstated(
    OrderEvent, frozen=True, kw_only=True, tag="order.payment_reinstated.v1"
):
    """A charge that had been taken back counts again, as when a dispute was won."""

    payment_id: str
    amount: Money


class PaymentDifferenceChargedBack(
    OrderEvent, frozen=True, kw_only=True, tag="order.payment_difference_charged_back.v1"
):
    """The part of a reversed charge that was a difference; negative when it comes back."""

    payment_id: str
    amount: Money


class OrderUnpaid(OrderEvent, frozen=True, kw_only=True, tag="order.unpaid.v1"):
    """What was captured covers the total no longer: nothing more is handed over.

    What has not been handed over by `payment_due_at` and is not paid again by then is cancelled.
    With `goes_on` something was handed over before: only the other parts wait.
    """

    payment_due_at: datetime
    goes_on: bool


class OrderPaid(OrderEvent, frozen=True, kw_only=True, tag="order.paid.v1"):
    """What was captured covers the total, within the tolerance."""


class OrderCancelled(OrderEvent, frozen=True, kw_only=True, tag="order.cancelled.v1"):
    reason: str


class ShipmentHandedOver(
    OrderEvent, frozen=True, kw_only=True, tag="order.shipment_handed_over.v1"
):
    seller_id: str
    carrier: str
    tracking_number: Personal[str]


class ShipmentDelivered(OrderEvent, frozen=True, kw_only=True, tag="order.shipment_delivered.v1"):
    """`release_due_at` ends the buyer's acceptance window."""

    seller_id: str
    release_due_at: datetime


class ReceiptConfirmed(OrderEvent, frozen=True, kw_only=True, tag="order.receipt_confirmed.v1"):
    seller_id: str


class SellerPartCompleted(
    OrderEvent, frozen=True, kw_only=True, tag="order.seller_part_completed.v1"
):
    """Nothing is held any more for this seller's part."""

    seller_id: str


class SellerPartEmptied(OrderEvent, frozen=True, kw_only=True, tag="order.seller_part_emptied.v1"):
    """Every unit was refunded before it was handed over; money without goods is still held."""

    seller_id: str


class SellerPartCancelled(
    OrderEvent, frozen=True, kw_only=True, tag="order.seller_part_cancelled.v1"
):
    """A part that was never handed over ends, while others of its order were."""

    seller_id: str
    reason: str


class OrderCompleted(OrderEvent, frozen=True, kw_only=True, tag="order.completed.v1"):
    pass


class RefundReserved(OrderEvent, frozen=True, kw_only=True, tag="order.refund_reserved.v1"):
    """Amounts set aside for a refund, so that no other refund takes them too."""

    refund_id: str
    lines: tuple[RefundLine, ...]
    difference_minor: int
    legs: tuple[RefundLeg, ...]


class RefundReservationUsed(
    OrderEvent, frozen=True, kw_only=True, tag="order.refund_reservation_used.v1"
):
    """The refund was approved: what was set aside for it is gone for good."""

    refund_id: str


class RefundLegMoved(OrderEvent, frozen=True, kw_only=True, tag="order.refund_leg_moved.v1"):
    """A leg that its provider refused goes back over another payment of the order."""

    refund_id: str
    from_payment_id: str
    to_payment_id: str
    amount: Money


class RefundReservationDropped(
    OrderEvent, frozen=True, kw_only=True, tag="order.refund_reservation_dropped.v1"
):
    refund_id: str
