"""What is held in escrow of one seller's part of one order."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.escrow import (
    CommissionReversed,
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    FundsReleased,
    FundsReturned,
    LossRecovered,
    escrow_stream,
)


class Escrow(msgspec.Struct, frozen=True, gc=False):
    """Minor units: held now, put in by charges that count, commission and its VAT taken and not
    reversed, and released money whose charge was taken back at the marketplace's loss.
    """

    held_minor: int = 0
    funded_minor: int = 0
    commission_taken_minor: int = 0
    vat_taken_minor: int = 0
    lost_minor: int = 0


INITIAL = Escrow()


def _held(escrow: Escrow, event: FundsHeld) -> Escrow:
    return Escrow(
        held_minor=escrow.held_minor + event.amount.amount_minor,
        funded_minor=escrow.funded_minor + event.amount.amount_minor,
        commission_taken_minor=escrow.commission_taken_minor,
        vat_taken_minor=escrow.vat_taken_minor,
        lost_minor=escrow.lost_minor,
    )


def _released(escrow: Escrow, event: FundsReleased) -> Escrow:
    return Escrow(
        held_minor=escrow.held_minor - event.amount.amount_minor,
        funded_minor=escrow.funded_minor,
        commission_taken_minor=escrow.commission_taken_minor + event.commission_minor,
        vat_taken_minor=escrow.vat_taken_minor + event.commission_vat_minor,
        lost_minor=escrow.lost_minor,
    )


def _returned(escrow: Escrow, event: FundsReturned) -> Escrow:
    return replace(escrow, held_minor=escrow.held_minor - event.amount.amount_minor)


def _commission_reversed(escrow: Escrow, event: CommissionReversed) -> Escrow:
    return replace(
        escrow,
        commission_taken_minor=escrow.commission_taken_minor - event.amount.amount_minor,
        vat_taken_minor=escrow.vat_taken_minor - event.commission_vat_minor,
    )


def _charged_back(escrow: Escrow, event: FundsChargedBack) -> Escrow:
    lost = event.released_minor if event.borne_by == "marketplace" else 0
    return replace(
        escrow,
        held_minor=escrow.held_minor - event.amount.amount_minor,
        funded_minor=escrow.funded_minor - event.amount.amount_minor - event.released_minor,
        lost_minor=escrow.lost_minor + lost,
    )


def _reinstated(escrow: Escrow, event: FundsReinstated) -> Escrow:
    return replace(
        escrow,
        held_minor=escrow.held_minor + event.amount.amount_minor,
        funded_minor=escrow.funded_minor + event.amount.amount_minor + event.recovered_minor,
        lost_minor=escrow.lost_minor - event.recovered_minor,
    )


def _loss_recovered(escrow: Escrow, event: LossRecovered) -> Escrow:
    return replace(
        escrow,
        funded_minor=escrow.funded_minor + event.amount.amount_minor,
        lost_minor=escrow.lost_minor - event.amount.amount_minor,
    )


EVOLVE: dict[type[Event], Callable[[Escrow, Any], Escrow]] = {
    FundsHeld: _held,
    FundsReleased: _released,
    FundsReturned: _returned,
    CommissionReversed: _commission_reversed,
    FundsChargedBack: _charged_back,
    FundsReinstated: _reinstated,
    LossRecovered: _loss_recovered,
}


def evolve(escrow: Escrow, event: Event) -> Escrow:
    go_on = EVOLVE.get(type(event))
    after = go_on(escrow, event) if go_on else None
    if after is None or after.held_minor < 0:
        raise AssertionError(f"the log is broken: {event} after {escrow}")
    return after


ESCROW: Fold[Escrow] = Fold("escrow", escrow_stream, INITIAL, evolve)
