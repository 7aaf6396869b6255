"""Facts that several streams' rules begin with: a seller of the marketplace, and what she offers.

Then facts of an order `o1`: what is paid for it, what leaves the house, what is released.
"""

from datetime import timedelta
from typing import Any

from eventstore.events.base import Event
from eventstore.events.escrow import FundsChargedBack, FundsHeld, FundsReleased
from eventstore.events.listing import ListingCreated, ListingRetired
from eventstore.events.order import (
    OrderCompleted,
    OrderPaid,
    OrderPaymentRecorded,
    OrderPaymentReversed,
    OrderUnpaid,
    ReceiptConfirmed,
    SellerPartCompleted,
    ShipmentHandedOver,
)
from eventstore.events.payment import PaymentCaptured, PaymentReversed, PaymentStarted
from eventstore.events.seller import SellerRegistered, SellerSuspended
from eventstore.events.seller_account import EarningsCredited
from eventstore.events.stock import StockCommitted, StockReleased, StockReserved
from eventstore.values import Money
from tests.given import NOW
from tests.unit.market import eur

ANNA = SellerRegistered(
    seller_id="anna",
    name="Anna's pottery",
    currency="EUR",
    commission_rate_bps=750,
    payout_destination="dest",
    payout_provider="",
)
SUSPENDED = SellerSuspended(seller_id="anna", reason="fraud")
POT = ListingCreated(
    listing_id="pot",
    seller_id="anna",
    title="Blue teapot",
    category="kitchen",
    price=Money(1005, "EUR"),
)
RETIRED = ListingRetired(listing_id="pot", reason="sold out")

# --- an order of one of Anna's items, or of more ------------------------------------------------

PAID = OrderPaid(order_id="o1")
DUE = NOW + timedelta(days=1)
UNPAID = OrderUnpaid(order_id="o1", payment_due_at=DUE, goes_on=False)
DONE = OrderCompleted(order_id="o1")


def ids(payment_id: str = "p1") -> dict[str, str]:
    return {"payment_id": payment_id, "order_id": "o1"}


def part(seller_id: str = "anna") -> dict[str, str]:
    return {"order_id": "o1", "seller_id": seller_id}


def captured(
    amount: int, payment_id: str = "p1", provider: str = "sandbox", reference: str = "ch"
) -> list[Event]:
    facts = {"amount": eur(amount), "charge_reference": reference, **ids(payment_id)}
    recorded = OrderPaymentRecorded(provider=provider, method="card", **facts)
    return [PaymentCaptured(**facts), recorded]


def by_hand(amount: int, payment_id: str = "p1") -> list[Event]:
    """What an operator records is captured as it is started."""
    started = PaymentStarted(
        provider="manual", method="card", source="", amount=eur(amount), **ids(payment_id)
    )
    return [started, *captured(amount, payment_id, "manual", f"manual:{payment_id}")]


def held(amount: int, seller_id: str = "anna", payment_id: str = "p1") -> Event:
    return FundsHeld(amount=eur(amount), seller_id=seller_id, **ids(payment_id))


def reversed_of(charged: int, gone: int, payment_id: str = "p1") -> list[Event]:
    return [
        PaymentReversed(amount=eur(charged), reason="bank", **ids(payment_id)),
        OrderPaymentReversed(amount=eur(gone), **ids(payment_id)),
    ]


def missed(
    held: int, released: int = 0, seller_id: str = "anna", borne_by: Any = "seller", **of: Any
) -> Event:
    return FundsChargedBack(
        amount=eur(held),
        released_minor=released,
        borne_by=borne_by,
        seller_id=seller_id,
        **ids(**of),
    )


def units(
    kind: type[StockReserved | StockReleased | StockCommitted], quantity: int, of: str = "anna-item"
) -> Event:
    return kind(listing_id=of, order_id="o1", quantity=quantity)


def shipped(seller_id: str = "anna") -> list[Event]:
    handed_over = ShipmentHandedOver(carrier="c", tracking_number="t", **part(seller_id))
    return [handed_over, units(StockCommitted, 1, f"{seller_id}-item")]


def confirmed(seller_id: str = "anna") -> Event:
    return ReceiptConfirmed(**part(seller_id))


def released(amount: int, commission: int, vat: int = 0, seller_id: str = "anna") -> list[Event]:
    return [
        FundsReleased(
            amount=eur(amount),
            commission_minor=commission,
            commission_vat_minor=vat,
            **part(seller_id),
        ),
        EarningsCredited(amount=eur(amount - commission - vat), **part(seller_id)),
    ]


def part_done(seller_id: str = "anna") -> Event:
    return SellerPartCompleted(**part(seller_id))
