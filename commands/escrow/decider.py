"""Escrow of one seller's part of one order: what is held bounds what can leave."""

import msgspec

from commands.amounts import within_limits
from commands.refusals import AmountExceedsHeld, NothingHeld
from eventstore.events.base import Event
from eventstore.events.escrow import CommissionReversed, FundsHeld, FundsReleased, FundsReturned


class Escrow(msgspec.Struct, frozen=True, gc=False):
    """Minor units: held now, ever put in, and commission and its VAT taken and not reversed."""

    held_minor: int = 0
    funded_minor: int = 0
    commission_taken_minor: int = 0
    vat_taken_minor: int = 0


INITIAL = Escrow()


def evolve(escrow: Escrow, event: Event) -> Escrow:
    match event:
        case FundsHeld(amount=amount):
            return Escrow(
                held_minor=escrow.held_minor + amount.amount_minor,
                funded_minor=escrow.funded_minor + amount.amount_minor,
                commission_taken_minor=escrow.commission_taken_minor,
                vat_taken_minor=escrow.vat_taken_minor,
            )
        case FundsReleased(amount=amount) if amount.amount_minor <= escrow.held_minor:
            return Escrow(
                held_minor=escrow.held_minor - amount.amount_minor,
                funded_minor=escrow.funded_minor,
                commission_taken_minor=escrow.commission_taken_minor + event.commission_minor,
                vat_taken_minor=escrow.vat_taken_minor + event.commission_vat_minor,
            )
        case FundsReturned(amount=amount) if amount.amount_minor <= escrow.held_minor:
            return msgspec.structs.replace(
                escrow, held_minor=escrow.held_minor - amount.amount_minor
            )
        case CommissionReversed(amount=amount):
            return msgspec.structs.replace(
                escrow,
                commission_taken_minor=escrow.commission_taken_minor - amount.amount_minor,
                vat_taken_minor=escrow.vat_taken_minor - event.commission_vat_minor,
            )
        case _:
            raise AssertionError(f"the log is broken: {event} after {escrow}")


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
