"""Which events of an order its buyer and its sellers see: each is decided on."""

import msgspec

from eventstore.registry import REGISTRY
from projections.models.orders.queries import status_for_seller
from read_api.order_views import BUYER_SEES, SELLER_SEES, WHOLE_ORDER

# What a seller earns and what the marketplace takes of it is between those two.
NOT_FOR_BUYERS = {
    "escrow.commission_reversed",
    "escrow.funds_charged_back",
    "escrow.funds_reinstated",
    "escrow.loss_recovered",
    "order.refund_leg_moved",
    "refund.leg_paid_twice",
    "seller_account.chargeback_debited",
    "seller_account.earnings_credited",
    "seller_account.refund_debited",
}
# How the order is paid and refunded, and how the other sellers' parts go on.
NOT_FOR_SELLERS = {
    "escrow.loss_recovered",
    "order.completed",
    "order.payment_difference_charged_back",
    "order.payment_reinstated",
    "order.payment_reversed",
    "order.refund_leg_moved",
    "payment.reinstated",
    "refund.leg_bounced",
    "refund.leg_paid_twice",
    "refund.leg_replaced",
    "refund.leg_settled_otherwise",
    "order.payment_opened",
    "order.payment_closed",
    "order.payment_recorded",
    "order.payment_difference_booked",
    "order.payment_difference_reversed",
    "order.refund_reserved",
    "order.refund_reservation_used",
    "order.refund_reservation_dropped",
    "payment.started",
    "payment.captured",
    "payment.declined",
    "payment.reversed",
    "refund.requested",
    "refund.approved",
    "refund.rejected",
    "refund.leg_settled",
    "refund.leg_failed",
    "refund.settled",
    "refund.failed",
}


def events_in_timelines() -> dict[str, set[str]]:
    """Unversioned names of events that name an order, with their fields."""
    return {
        name.rpartition(".")[0]: {field.name for field in msgspec.structs.fields(event)}
        for name, event in REGISTRY.items()
        if "order_id" in event.__struct_fields__ and not name.startswith("stock.")
    }


def test_whoever_adds_an_event_of_an_order_decides_who_sees_it() -> None:
    events = set(events_in_timelines())
    assert events == BUYER_SEES | NOT_FOR_BUYERS
    assert events == SELLER_SEES | WHOLE_ORDER | NOT_FOR_SELLERS
    assert not BUYER_SEES & NOT_FOR_BUYERS
    assert not (SELLER_SEES | WHOLE_ORDER) & NOT_FOR_SELLERS


def test_what_a_seller_sees_of_a_part_names_the_seller() -> None:
    events = events_in_timelines()
    assert all("seller_id" in events[name] for name in SELLER_SEES)


def test_a_part_ends_for_its_seller_whatever_others_do() -> None:
    assert status_for_seller("paid", "delivered") == "paid"
    assert status_for_seller("paid", "completed") == "completed"
    assert status_for_seller("completed", "completed") == "completed"
    assert status_for_seller("cancelled", "completed") == "cancelled"
    assert status_for_seller("paid", "cancelled") == "cancelled"
    assert status_for_seller("awaiting_payment", "completed") == "awaiting_payment"
