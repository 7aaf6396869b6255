"""Escrow of one seller's part of one order: what is held bounds what can leave."""

from commands.amounts import within_limits
from commands.streams.escrow.refusals import AmountExceedsHeld, NothingHeld
from commands.streams.escrow.state import Escrow


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
