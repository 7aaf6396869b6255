"""Facts about refunds of order `o1`: what is asked for, what is granted, what moves then."""

from typing import Any

from commands.streams.refund.messages import RefundLineRequest, RequestRefund
from eventstore.events.base import Event
from eventstore.events.escrow import CommissionReversed, FundsReturned
from eventstore.events.order import (
    PaymentDifferenceReversed,
    RefundLeg,
    RefundLine,
    RefundReservationDropped,
    RefundReservationUsed,
    RefundReserved,
)
from eventstore.events.refund import (
    RefundApproved,
    RefundLegSettled,
    RefundRejected,
    RefundRequested,
    RefundSettled,
)
from eventstore.events.seller_account import RefundDebited
from tests.given import at
from tests.unit.market import eur

UNIT = (RefundLineRequest(line_id=1, quantity=1),)


def ids(refund_id: str = "r1") -> dict[str, Any]:
    return {"refund_id": refund_id, "order_id": "o1"}


def ask(refund_id: str = "r1", **asked: Any) -> RequestRefund:
    """By an operator, to be approved at once."""
    return RequestRefund(
        refund_id=refund_id, order_id="o1", reason="x", **{"approve": True, **at(), **asked}
    )


def taken(quantity: int, price: int, shipping: int, commission: int, vat: int = 0) -> RefundLine:
    """Of Anna's line, the first."""
    return RefundLine(
        line_id=1,
        seller_id="anna",
        quantity=quantity,
        price_minor=price,
        shipping_minor=shipping,
        commission_minor=commission,
        commission_vat_minor=vat,
    )


def of_boris(quantity: int, price: int, shipping: int, commission: int, vat: int = 0) -> RefundLine:
    """Of Boris's line, the second."""
    return RefundLine(
        line_id=2,
        seller_id="boris",
        quantity=quantity,
        price_minor=price,
        shipping_minor=shipping,
        commission_minor=commission,
        commission_vat_minor=vat,
    )


ALL_OF_ANNA = taken(1, 1005, 50, 101)
ALL_OF_BORIS = of_boris(1, 333, 50, 33)


def leg(amount: int, payment_id: str = "p1") -> RefundLeg:
    """Back over a charge."""
    return RefundLeg(
        payment_id=payment_id, provider="sandbox", charge_reference="ch", amount_minor=amount
    )


def leg_by_hand(amount: int, payment_id: str = "p1") -> RefundLeg:
    """Back over what was paid by hand."""
    return RefundLeg(
        payment_id=payment_id,
        provider="manual",
        charge_reference=f"manual:{payment_id}",
        amount_minor=amount,
    )


def requested(
    amount: int,
    *lines: RefundLine,
    legs: tuple[RefundLeg, ...],
    difference: int = 0,
    refund_id: str = "r1",
) -> list[Event]:
    """Asked for, and set aside."""
    facts: dict[str, Any] = {"lines": lines, "difference_minor": difference, "legs": legs}
    return [
        RefundRequested(amount=eur(amount), reason="x", **facts, **ids(refund_id)),
        RefundReserved(**facts, **ids(refund_id)),
    ]


def approved(amount: int, *legs: RefundLeg, refund_id: str = "r1") -> list[Event]:
    return [
        RefundApproved(amount=eur(amount), legs=legs, **ids(refund_id)),
        RefundReservationUsed(**ids(refund_id)),
    ]


def granted(
    amount: int,
    *lines: RefundLine,
    legs: tuple[RefundLeg, ...] | None = None,
    difference: int = 0,
    refund_id: str = "r1",
) -> list[Event]:
    """Asked for and approved at once; over the charge `p1` if no legs are named."""
    legs = (leg(amount),) if legs is None else legs
    asked = requested(amount, *lines, legs=legs, difference=difference, refund_id=refund_id)
    return [*asked, *approved(amount, *legs, refund_id=refund_id)]


def rejected(refund_id: str, reason: str) -> list[Event]:
    return [
        RefundRejected(reason=reason, **ids(refund_id)),
        RefundReservationDropped(**ids(refund_id)),
    ]


def returned(amount: int, seller_id: str = "anna", refund_id: str = "r1") -> Event:
    """Out of escrow."""
    return FundsReturned(amount=eur(amount), seller_id=seller_id, **ids(refund_id))


def debited(
    amount: int, balance: int, debt: int, commission: int, refund_id: str = "r1"
) -> list[Event]:
    """From Anna, who has the money, with the commission that had been taken of it."""
    of: dict[str, Any] = {"seller_id": "anna", **ids(refund_id)}
    return [
        CommissionReversed(amount=eur(commission), commission_vat_minor=0, **of),
        RefundDebited(
            amount=eur(amount),
            from_balance_minor=balance,
            from_debt_minor=debt,
            commission_reversed_minor=commission,
            commission_vat_reversed_minor=0,
            **of,
        ),
    ]


def difference_back(amount: int, refund_id: str = "r1") -> Event:
    return PaymentDifferenceReversed(amount=eur(amount), **ids(refund_id))


def leg_settled(amount: int, reference: str, payment_id: str = "p1") -> Event:
    return RefundLegSettled(
        payment_id=payment_id, amount=eur(amount), provider_reference=reference, **ids()
    )


def settled(amount: int, refund_id: str = "r1") -> Event:
    return RefundSettled(amount=eur(amount), **ids(refund_id))


def settled_by_hand(amount: int) -> list[Event]:
    """In the same commit: an operator pays it."""
    return [leg_settled(amount, "manual:r1"), settled(amount)]
