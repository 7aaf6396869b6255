"""An order by who reads it: what is not named here for a role, the role does not see.

Operators and auditors see `OrderView` itself. A test walks every field of every answer of every
role against a list: a field that is added has to be decided on.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from projections.models.escrow.queries import EscrowView
from projections.models.orders.detail import OrderView
from projections.models.orders.queries import (
    LineView,
    OrderOfSeller,
    OrderSummary,
    PartView,
    TimelineEntry,
    status_for_seller,
)
from projections.models.payments.queries import PaymentView
from projections.models.refunds.queries import RefundedLine, RefundView
from read_api.redaction import REDACTED


class BuyerLine(msgspec.Struct, frozen=True, kw_only=True):
    """Without the commission: that is between the marketplace and the seller."""

    line_id: int
    listing_id: str
    seller_id: str
    title: str
    category: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int
    refunded_quantity: int
    refunded_minor: int


class BuyerOrderView(msgspec.Struct, frozen=True, kw_only=True):
    order: OrderSummary
    lines: list[BuyerLine]
    parts: list[PartView]
    escrow: list[EscrowView]
    payments: list[PaymentView]
    refunds: list[RefundView]


class SellerRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A seller's share of a refund: requested, approved or rejected.

    The buyer's reason may speak of others, and how the money goes back is not the seller's.
    """

    refund_id: str
    status: str
    currency: str
    amount_minor: int
    requested_at: datetime
    lines: list[RefundedLine]


class SellerOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A seller's part of an order, its amounts those of the part."""

    order: OrderOfSeller
    lines: list[LineView]
    parts: list[PartView]
    escrow: list[EscrowView]
    refunds: list[SellerRefund]


class PartyTimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """As a buyer or a seller sees it; `actor` is a role: who it was is the marketplace's."""

    position: int
    name: str
    seller_id: str | None
    amount_minor: int | None
    actor: str
    occurred_at: datetime
    recorded_at: datetime


# Without their versions. A new event is seen by neither until it stands here.
WHOLE_ORDER = frozenset({"order.placed", "order.paid", "order.unpaid", "order.cancelled"})
OF_PART = frozenset(
    {
        "order.shipment_handed_over",
        "order.shipment_delivered",
        "order.receipt_confirmed",
        "order.seller_part_completed",
        "order.seller_part_emptied",
        "order.seller_part_cancelled",
        "escrow.funds_held",
        "escrow.funds_released",
        "escrow.funds_returned",
    }
)
BUYER_SEES = (
    WHOLE_ORDER
    | OF_PART
    | {
        "order.completed",
        "order.payment_opened",
        "order.payment_closed",
        "order.payment_recorded",
        "order.payment_difference_booked",
        "order.payment_difference_reversed",
        "order.payment_difference_charged_back",
        "order.payment_reversed",
        "order.payment_reinstated",
        "order.refund_reserved",
        "order.refund_reservation_used",
        "order.refund_reservation_dropped",
        "payment.started",
        "payment.captured",
        "payment.declined",
        "payment.reversed",
        "payment.reinstated",
        "refund.requested",
        "refund.approved",
        "refund.rejected",
        "refund.leg_settled",
        "refund.leg_failed",
        "refund.leg_bounced",
        "refund.leg_settled_otherwise",
        "refund.leg_replaced",
        "refund.settled",
        "refund.failed",
    }
)
SELLER_SEES = OF_PART | {
    "escrow.commission_reversed",
    "seller_account.earnings_credited",
    "escrow.funds_charged_back",
    "escrow.funds_reinstated",
    "seller_account.refund_debited",
    "seller_account.chargeback_debited",
}


def for_buyer(view: OrderView) -> BuyerOrderView:
    return BuyerOrderView(
        order=view.order,
        lines=[_buyer_line(line) for line in view.lines],
        parts=view.parts,
        escrow=view.escrow,
        payments=view.payments,
        refunds=view.refunds,
    )


def _buyer_line(line: LineView) -> BuyerLine:
    return BuyerLine(
        line_id=line.line_id,
        listing_id=line.listing_id,
        seller_id=line.seller_id,
        title=line.title,
        category=line.category,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        shipping_minor=line.shipping_minor,
        refunded_quantity=line.refunded_quantity,
        refunded_minor=line.refunded_minor,
    )


def for_seller(view: OrderView, seller_id: str) -> SellerOrderView | None:
    """None if the seller has no part of the order."""
    parts = [part for part in view.parts if part.seller_id == seller_id]
    if not parts:
        return None
    lines = [line for line in view.lines if line.seller_id == seller_id]
    order = view.order
    return SellerOrderView(
        order=OrderOfSeller(
            order_id=order.order_id,
            buyer_id=order.buyer_id,
            status=status_for_seller(order.status, parts[0].status),
            currency=order.currency,
            total_minor=sum(
                line.unit_price_minor * line.quantity + line.shipping_minor for line in lines
            ),
            placed_at=order.placed_at,
            payment_due_at=order.payment_due_at,
            cancel_reason=order.cancel_reason,
            position=order.position,
        ),
        lines=lines,
        parts=parts,
        escrow=[held for held in view.escrow if held.seller_id == seller_id],
        refunds=list(_seller_refunds(view.refunds, seller_id)),
    )


def _seller_refunds(refunds: Iterable[RefundView], seller_id: str) -> Iterable[SellerRefund]:
    for refund in refunds:
        lines = [line for line in refund.lines if line.seller_id == seller_id]
        if lines:
            decided = "approved" if refund.status in {"settled", "failed"} else refund.status
            yield SellerRefund(
                refund_id=refund.refund_id,
                status=decided,
                currency=refund.currency,
                amount_minor=sum(line.price_minor + line.shipping_minor for line in lines),
                requested_at=refund.requested_at,
                lines=lines,
            )


def for_auditor(view: OrderView) -> OrderView:
    """A tracking number leads to a person."""
    parts = [
        msgspec.structs.replace(part, tracking_number=part.tracking_number and REDACTED)
        for part in view.parts
    ]
    return msgspec.structs.replace(view, parts=parts)


def timeline_for_buyer(entries: Iterable[TimelineEntry]) -> list[PartyTimelineEntry]:
    return [_for_party(entry) for entry in entries if _event(entry) in BUYER_SEES]


def timeline_for_seller(
    entries: Iterable[TimelineEntry], seller_id: str
) -> list[PartyTimelineEntry]:
    """What happened to the seller's own part, and to the whole order, without its amounts."""
    seen: list[PartyTimelineEntry] = []
    for entry in entries:
        if entry.seller_id == seller_id and _event(entry) in SELLER_SEES:
            seen.append(_for_party(entry))
        elif _event(entry) in WHOLE_ORDER:
            seen.append(msgspec.structs.replace(_for_party(entry), amount_minor=None))
    return seen


def _event(entry: TimelineEntry) -> str:
    return entry.name.rpartition(".")[0]


def _for_party(entry: TimelineEntry) -> PartyTimelineEntry:
    return PartyTimelineEntry(
        position=entry.position,
        name=entry.name,
        seller_id=entry.seller_id,
        amount_minor=entry.amount_minor,
        actor=entry.actor.partition(":")[0],
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
    )
