"""What a seller remembers, and what others ask of it."""

import msgspec

from commands.command import Policy
from commands.stream import Fold
from commands.streams.seller.refusals import (
    SellerIsBlocked,
    SellerIsSuspended,
    SellerNotVerified,
    SellerUnknown,
)
from eventstore.events.base import Event
from eventstore.events.seller import (
    SellerBlocked,
    SellerRegistered,
    SellerSuspended,
    SellerUnblocked,
    SellerUnverified,
    SellerVerified,
    seller_stream,
)


class Unregistered(msgspec.Struct, frozen=True, gc=False):
    pass


class Registered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    currency: str
    commission_rate_bps: int | None
    payout_destination: str = ""
    payout_provider: str = ""
    suspended: bool = False
    blocked: bool = False
    verified: bool = False


type Seller = Unregistered | Registered

INITIAL = Unregistered()


def evolve(seller: Seller, event: Event) -> Seller:
    match seller, event:
        case Unregistered(), SellerRegistered():
            return Registered(
                currency=event.currency,
                commission_rate_bps=event.commission_rate_bps,
                payout_destination=event.payout_destination,
                payout_provider=event.payout_provider,
            )
        case Registered(), SellerSuspended():
            return msgspec.structs.replace(seller, suspended=True)
        case Registered(blocked=False), SellerBlocked():
            return msgspec.structs.replace(seller, blocked=True)
        case Registered(blocked=True), SellerUnblocked():
            return msgspec.structs.replace(seller, blocked=False)
        case Registered(verified=False), SellerVerified():
            return msgspec.structs.replace(seller, verified=True)
        case Registered(verified=True), SellerUnverified():
            return msgspec.structs.replace(seller, verified=False)
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
    return unblocked(registered, field)


def verified(seller: Registered, policy: Policy, field: str = "seller_id") -> Registered:
    """Where the marketplace asks for it."""
    if policy.sellers_verified == "yes" and not seller.verified:
        raise SellerNotVerified(field=field)
    return seller


def unblocked(seller: Registered, field: str = "seller_id") -> Registered:
    if seller.blocked:
        raise SellerIsBlocked(field=field)
    return seller


SELLER: Fold[Seller] = Fold("seller", seller_stream, INITIAL, evolve)
