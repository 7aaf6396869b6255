"""Sellers: registered once, suspended for good."""

import msgspec

from commands.refusals import NotAllowed, SellerExists, SellerIsSuspended, SellerUnknown
from commands.seller.messages import RegisterSeller, SuspendSeller
from eventstore.events.base import Event
from eventstore.events.seller import SellerRegistered, SellerSuspended


class Unregistered(msgspec.Struct, frozen=True, gc=False):
    pass


class Registered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    currency: str
    commission_rate_bps: int | None
    payout_destination: str = ""
    suspended: bool = False


type Seller = Unregistered | Registered

INITIAL = Unregistered()


def evolve(seller: Seller, event: Event) -> Seller:
    match seller, event:
        case Unregistered(), SellerRegistered():
            return Registered(
                currency=event.currency,
                commission_rate_bps=event.commission_rate_bps,
                payout_destination=event.payout_destination,
            )
        case Registered(), SellerSuspended():
            return msgspec.structs.replace(seller, suspended=True)
        case _:
            raise AssertionError(f"the log is broken: {event} after {seller}")


def known(seller: Seller, field: str = "seller_id") -> Registered:
    if isinstance(seller, Unregistered):
        raise SellerUnknown(field=field)
    return seller


def selling(seller: Seller, field: str = "seller_id") -> Registered:
    registered = known(seller, field)
    if registered.suspended:
        raise SellerIsSuspended(field=field)
    return registered


def _operator(command: RegisterSeller | SuspendSeller) -> None:
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Sellers are registered and suspended by operators.")


def register(command: RegisterSeller, seller: Seller) -> list[Event]:
    _operator(command)
    if isinstance(seller, Registered):
        raise SellerExists(field="seller_id")
    return [
        SellerRegistered(
            seller_id=command.seller_id,
            name=command.name,
            currency=command.currency,
            commission_rate_bps=command.commission_rate_bps,
            payout_destination=command.payout_destination,
        )
    ]


def suspend(command: SuspendSeller, seller: Seller) -> list[Event]:
    _operator(command)
    selling(seller)
    return [SellerSuspended(seller_id=command.seller_id, reason=command.reason)]
