"""Money that arrives for an order or leaves it: which part it is for, and what is a difference.

What counts of an order's charges is at any time what its parts were funded with and the payment
difference: `captured = funded + difference`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from commands.command import Policy
from commands.streams.escrow.decider import Part, hold
from commands.streams.escrow.state import Escrow
from commands.streams.escrow.state import evolve as evolve_escrow
from commands.streams.order.fulfilment import release_to_seller
from commands.streams.order.state import Order, PartStatus
from commands.streams.seller_account.state import SellerAccount
from eventstore.events.base import Event
from eventstore.events.order import PaymentDifferenceBooked, PaymentDifferenceChargedBack
from eventstore.values import Money

# Money that is gone is missed first where nothing has left the house yet.
LEAVES_FIRST: Sequence[PartStatus] = (
    "placed",
    "emptied",
    "cancelled",
    "handed_over",
    "delivered",
    "completed",
)


class Funds(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is known of an order's money, by seller. `accounts` may leave out sellers of parts
    that are still open: nothing is released to them here.
    """

    order: Order
    escrows: Mapping[str, Escrow]
    accounts: Mapping[str, SellerAccount]
    policy: Policy

    def missing_minor(self, seller_id: str) -> int:
        """What a part still lacks; nothing more is put into one that was cancelled."""
        if self.order.parts[seller_id] == "cancelled":
            return 0
        return self.order.due_minor(seller_id) - self.escrows[seller_id].funded_minor

    def covered_by(self, amount_minor: int) -> bool:
        """Whether the order is paid, within the tolerance, when this much more has arrived."""
        order = self.order
        wanted = order.total_minor - self.policy.tolerance_minor(order.total_minor)
        for seller_id, status in order.parts.items():
            if status == "cancelled":
                wanted -= order.due_minor(seller_id) - self.escrows[seller_id].funded_minor
        return order.funded_minor + amount_minor >= wanted


def fill(funds: Funds, payment_id: str, amount: Money, *, reinstated: bool = False) -> list[Event]:
    """Fill the sellers' parts in their order; what is beyond or short is a difference.

    Money that is not enough for all, and short by more than the tolerance, fills what it can.
    """
    covered = funds.covered_by(amount.amount_minor)
    left = amount.amount_minor
    events: list[Event] = []
    for seller_id in funds.order.parts:
        missing = funds.missing_minor(seller_id)
        share = missing if covered else min(missing, left)
        if share > 0:
            left -= share
            events += _put_in(funds, seller_id, payment_id, amount.of(share), reinstated)
    if left:
        events.append(_difference(funds.order, payment_id, amount.of(left), reinstated))
    return events


def _put_in(
    funds: Funds, seller_id: str, payment_id: str, share: Money, reinstated: bool
) -> list[Event]:
    """A part that is done passes on what is held for it."""
    order, escrow = funds.order, funds.escrows[seller_id]
    part = Part(order.order_id, seller_id)
    events = hold(part, payment_id, share, escrow, reinstated=reinstated)
    if order.parts[seller_id] == "completed":
        for event in events:
            escrow = evolve_escrow(escrow, event)
        if escrow.held_minor > funds.escrows[seller_id].held_minor:
            events += release_to_seller(order, seller_id, None, escrow, funds.accounts[seller_id])
    return events


def _difference(order: Order, payment_id: str, amount: Money, reinstated: bool) -> Event:
    if reinstated:
        return PaymentDifferenceChargedBack(
            order_id=order.order_id, payment_id=payment_id, amount=amount.of(-amount.amount_minor)
        )
    return PaymentDifferenceBooked(order_id=order.order_id, payment_id=payment_id, amount=amount)
