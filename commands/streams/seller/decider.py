"""Sellers: registered once, suspended for good."""

from commands.refusals import NotAllowed
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.seller.refusals import SellerExists, SellerIsSuspended
from commands.streams.seller.state import Registered, Seller, known
from eventstore.events.base import Event
from eventstore.events.seller import SellerRegistered, SellerSuspended


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
            payout_provider=command.payout_provider,
        )
    ]


def suspend(command: SuspendSeller, seller: Seller) -> list[Event]:
    _operator(command)
    if known(seller).suspended:
        raise SellerIsSuspended(field="seller_id")
    return [SellerSuspended(seller_id=command.seller_id, reason=command.reason)]
