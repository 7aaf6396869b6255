"""Sellers: registered once, suspended for good."""

import msgspec

from commands.refusals import SellerExists, SellerIsSuspended, SellerUnknown
from commands.seller.messages import RegisterSeller, SuspendSeller
from eventstore.events.base import Event
from eventstore.events.seller import SellerRegistered, SellerSuspended


class Unregistered(msgspec.Struct, frozen=True):
    pass


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    currency: str
    commission_rate_bps: int | None
    suspended: bool = False


type Seller = Unregistered | Registered

INITIAL = Unregistered()


def evolve(seller: Seller, event: Event) -> Seller:
    match seller, event:
        case Unregistered(), SellerRegistered(currency=currency, commission_rate_bps=rate_bps):
            return Registered(currency=currency, commission_rate_bps=rate_bps)
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


def register(command: RegisterSeller, seller: Seller) -> list[Event]:
    if isinstance(seller, Registered):
        raise SellerExists(field="seller_id")
    return [
        SellerRegistered(
            seller_id=command.seller_id,
            name=command.name,
            currency=command.currency,
            commission_rate_bps=command.commission_rate_bps,
        )
    ]


def suspend(command: SuspendSeller, seller: Seller) -> list[Event]:
    selling(seller)
    return [SellerSuspended(seller_id=command.seller_id, reason=command.reason)]
