"""Escrow of one seller's part of one order: what is held bounds what can leave.

Captured money is held (`hold`) until the goods are accepted and it is released to the seller
(`release`), or a refund gives it back to the buyer (`give_back`). A charge that the buyer's bank
takes back takes its part along (`charge_back`), released or not; held again, it first makes good
what the marketplace had lost by it. Commission falls due as money is released and is reversed as
money that was released goes back. Payments, orders and refunds call these in their own commits.
"""

import msgspec

from commands.amounts import within_limits
from commands.streams.escrow.refusals import AmountExceedsHeld, NothingHeld
from commands.streams.escrow.state import Escrow
from eventstore.events.base import Event
from eventstore.events.escrow import (
    CommissionReversed,
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    FundsReleased,
    FundsReturned,
    LossRecovered,
)
from eventstore.values import Money, share_half_up


class Part(msgspec.Struct, frozen=True, gc=False):
    """Whose part of which order."""

    order_id: str
    seller_id: str


class Commission(msgspec.Struct, frozen=True, gc=False):
    """Of a part's lines, or of some of them, in minor units; the VAT on it is apart."""

    minor: int
    vat_minor: int


class GivenBack(msgspec.Struct, frozen=True, gc=False):
    """What a refund takes of a part: from escrow; the rest, and the commission, of the seller."""

    events: list[Event]
    from_escrow_minor: int
    from_seller: Money
    commission: Commission


def hold(
    part: Part, payment_id: str, amount: Money, escrow: Escrow, *, reinstated: bool = False
) -> list[Event]:
    """A charge, or one that counts again: first what was lost here, the rest is held."""
    ids = {"order_id": part.order_id, "seller_id": part.seller_id, "payment_id": payment_id}
    if not (reinstated or escrow.lost_minor):
        return [FundsHeld(amount=amount, **ids)]
    recovered = min(amount.amount_minor, escrow.lost_minor)
    held = amount.of(amount.amount_minor - recovered)
    if reinstated:
        return [FundsReinstated(amount=held, recovered_minor=recovered, **ids)]
    events: list[Event] = [LossRecovered(amount=amount.of(recovered), **ids)]
    return [*events, FundsHeld(amount=held, **ids)] if held.amount_minor else events


def release(
    part: Part, asked_minor: int | None, escrow: Escrow, due: Money, commission: Commission
) -> FundsReleased:
    """All that is held, or what is asked for. The commission falls due in the same proportion:
    of what is held and of what a charge taken back has left unpaid of `due`, the part's price.
    """
    amount = withdrawable(escrow, asked_minor)
    whole = escrow.held_minor + max(0, due.amount_minor - escrow.funded_minor)
    untaken = max(0, commission.minor - escrow.commission_taken_minor)
    untaken_vat = max(0, commission.vat_minor - escrow.vat_taken_minor)
    taken = min(share_half_up(untaken, amount, whole), amount)
    return FundsReleased(
        order_id=part.order_id,
        seller_id=part.seller_id,
        amount=due.of(amount),
        commission_minor=taken,
        commission_vat_minor=min(share_half_up(untaken_vat, amount, whole), amount - taken),
    )


def give_back(
    part: Part, refund_id: str, gross: Money, refunded: Commission, left: Commission, escrow: Escrow
) -> GivenBack:
    """First what is held, then what was released, which the seller owes.

    Commission is reversed by this refund's share (`refunded`) as far as more was taken than the
    lines still bear (`left`).
    """
    ids = {"order_id": part.order_id, "seller_id": part.seller_id, "refund_id": refund_id}
    from_escrow = min(gross.amount_minor, escrow.held_minor)
    reversed_now = Commission(
        _excess(escrow.commission_taken_minor, left.minor, refunded.minor),
        _excess(escrow.vat_taken_minor, left.vat_minor, refunded.vat_minor),
    )
    events: list[Event] = []
    if from_escrow:
        events.append(FundsReturned(amount=gross.of(from_escrow), **ids))
    if reversed_now.minor or reversed_now.vat_minor:
        amount, vat = gross.of(reversed_now.minor), reversed_now.vat_minor
        events.append(CommissionReversed(amount=amount, commission_vat_minor=vat, **ids))
    from_seller = gross.of(gross.amount_minor - from_escrow)
    return GivenBack(events, from_escrow, from_seller, reversed_now)


def _excess(taken: int, left: int, refunded: int) -> int:
    return max(0, min(refunded, taken - left))


def charge_back(
    part: Part, payment_id: str, held: Money, released: Money, borne_by: str
) -> FundsChargedBack:
    """What of a charge was held leaves; what was released of it `borne_by` bears."""
    return FundsChargedBack(
        order_id=part.order_id,
        seller_id=part.seller_id,
        payment_id=payment_id,
        amount=held,
        released_minor=released.amount_minor,
        borne_by="seller" if borne_by == "seller" else "marketplace",
    )


def withdrawable(escrow: Escrow, amount_minor: int | None) -> int:
    """The amount that may leave: all that is held when none is named."""
    if escrow.held_minor == 0:
        raise NothingHeld
    if amount_minor is None:
        return escrow.held_minor
    if within_limits(amount_minor) > escrow.held_minor:
        raise AmountExceedsHeld(
            f"{escrow.held_minor} held, {amount_minor} asked for.", field="amount.amount_minor"
        )
    return amount_minor
