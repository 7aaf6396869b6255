"""Payouts: claimed from the seller's balance when requested, given back when they fail."""

from commands.amounts import same_currency
from commands.command import Policy
from commands.refusals import NotAllowed
from commands.streams.payment.state import MANUAL
from commands.streams.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.streams.payout.refusals import NoPayoutDestination, PayoutExists
from commands.streams.payout.state import NoPayout, PayoutState, known
from commands.streams.seller.state import Registered, Seller, unblocked, verified
from commands.streams.seller.state import known as known_seller
from commands.streams.seller_account.decider import claimable, reclaim, repay
from commands.streams.seller_account.state import SellerAccount
from eventstore.events.base import Event
from eventstore.events.payout import (
    PayoutBounced,
    PayoutFailed,
    PayoutRequested,
    PayoutSent,
    PayoutSettled,
)
from eventstore.events.seller_account import PayoutClaimed, PayoutReturned
from eventstore.values import Money


def request(
    command: RequestPayout,
    payout: PayoutState,
    seller: Seller,
    account: SellerAccount,
    policy: Policy,
) -> list[Event]:
    """The manual provider has no outside effect: its payout is settled in the same commit."""
    if not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may request a payout.")
    if not isinstance(payout, NoPayout):
        raise PayoutExists(field="payout_id")
    registered = verified(unblocked(known_seller(seller)), policy)
    same_currency(command.currency, registered.currency)
    provider, destination = _way(command, registered, policy.payout_provider)
    amount = Money(claimable(account, command.amount_minor), registered.currency)
    requested = PayoutRequested(
        payout_id=command.payout_id,
        seller_id=command.seller_id,
        provider=provider,
        destination=destination,
        amount=amount,
    )
    claimed = PayoutClaimed(seller_id=command.seller_id, payout_id=command.payout_id, amount=amount)
    if provider != MANUAL:
        return [requested, claimed]
    settled = PayoutSettled(
        payout_id=command.payout_id,
        seller_id=command.seller_id,
        amount=amount,
        provider_reference=f"manual:{command.payout_id}",
    )
    return [requested, claimed, settled]


def _way(command: RequestPayout, seller: Registered, usual_provider: str) -> tuple[str, str]:
    """Provider and destination; a seller's own is a token of one provider, nothing to another."""
    provider = command.provider or seller.payout_provider or usual_provider
    if provider == MANUAL and command.by.role == "system":
        # Settled in the books at once: only for who says that it was paid by hand.
        raise NoPayoutDestination(field="provider")
    theirs = (seller.payout_provider or usual_provider) == provider
    destination = command.destination or (seller.payout_destination if theirs else "")
    if provider != MANUAL and not destination:
        raise NoPayoutDestination(field="destination")
    return provider, destination


def send(command: RecordPayoutSent, payout: PayoutState) -> list[Event]:
    payout = known(payout)
    if payout.status != "requested":
        return []
    return [
        PayoutSent(
            payout_id=payout.payout_id,
            seller_id=payout.seller_id,
            provider_reference=command.provider_reference,
        )
    ]


def settle(
    command: RecordPayoutSettled, payout: PayoutState, account: SellerAccount
) -> list[Event]:
    """A payout that had failed, and was given back, may be paid after all: claim it again."""
    payout = known(payout)
    if payout.status == "settled":
        return []
    settled = PayoutSettled(
        payout_id=payout.payout_id,
        seller_id=payout.seller_id,
        amount=payout.amount,
        provider_reference=command.provider_reference,
    )
    if payout.status != "failed":
        return [settled]
    return [reclaim(payout.seller_id, payout.payout_id, payout.amount, account), settled]


def fail(command: RecordPayoutFailed, payout: PayoutState, account: SellerAccount) -> list[Event]:
    """Fail and return in one commit; money that came back may repay a debt at once."""
    payout = known(payout)
    if payout.status == "failed":
        return []
    ids = {"payout_id": payout.payout_id, "seller_id": payout.seller_id}
    failed: Event = (
        PayoutBounced(amount=payout.amount, reason=command.reason, **ids)
        if payout.status == "settled"
        else PayoutFailed(reason=command.reason, **ids)
    )
    returned = PayoutReturned(amount=payout.amount, **ids)
    return [failed, returned, *repay(payout.seller_id, payout.amount, account)]
