"""A seller's destination names its provider: a token of one is nothing to another."""

import msgspec
import pytest

from commands.command import Actor, Policy
from commands.processes.pay_out_on_schedule import PayOutOnSchedule, payout_id_of
from commands.streams.payout.messages import RequestPayout
from commands.streams.payout.refusals import NoPayoutDestination
from eventstore.events.base import Event
from eventstore.events.payout import PayoutRequested, PayoutSettled
from eventstore.events.seller import SellerRegistered
from eventstore.events.seller_account import EarningsCredited, PayoutClaimed
from eventstore.values import Money
from tests.given import NOW, World, at

USUAL = Policy(payout_provider="usual")
DUE = Money(900, "EUR")
IDS = {"payout_id": "x", "seller_id": "anna"}


def earned(provider: str) -> World:
    """Anna has earned something; her account is with this provider."""
    registered = SellerRegistered(
        seller_id="anna",
        name="n",
        currency="EUR",
        commission_rate_bps=None,
        payout_destination="acct",
        payout_provider=provider,
    )
    earnings = EarningsCredited(seller_id="anna", order_id="o1", amount=DUE)
    return World([registered, earnings], USUAL)


def asked(provider: str = "", destination: str = "") -> RequestPayout:
    return RequestPayout(
        payout_id="x", seller_id="anna", provider=provider, destination=destination, **at()
    )


def requested(provider: str, destination: str) -> list[Event]:
    """All that is due."""
    return [
        PayoutRequested(provider=provider, destination=destination, amount=DUE, **IDS),
        PayoutClaimed(amount=DUE, **IDS),
    ]


@pytest.mark.parametrize(
    ("registered_with", "asked_of", "paid_by"),
    [
        ("", "", "usual"),
        ("own", "", "own"),
        ("own", "own", "own"),
        ("manual", "", "manual"),
    ],
)
def test_a_payout_goes_by_whom_it_names_or_the_seller_s_own_or_the_usual(
    registered_with: str, asked_of: str, paid_by: str
) -> None:
    settled = PayoutSettled(amount=DUE, provider_reference="manual:x", **IDS)
    earned(registered_with).when(asked(asked_of)).then(
        *requested(paid_by, "acct"), *([settled] if paid_by == "manual" else [])
    )


def test_the_usual_provider_s_account_is_no_destination_of_another() -> None:
    earned("").when(asked("other")).refused(NoPayoutDestination, "destination")


@pytest.mark.parametrize("usual", ["manual", "usual"])
def test_the_schedule_settles_nothing_by_hand(usual: str) -> None:
    """The books would say that money went out which nobody has sent."""
    market = earned("" if usual == "manual" else "manual")
    market.policy = Policy(payout_provider=usual)
    due = msgspec.structs.replace(asked(), by=Actor("system", "pay-out-on-schedule"))
    market.when(due).refused(NoPayoutDestination, "provider")


def test_an_account_with_one_provider_is_no_destination_of_another() -> None:
    market = earned("own")
    market.when(asked("other")).refused(NoPayoutDestination, "destination")
    market.when(asked("other", "there")).then(*requested("other", "there"))


def test_the_schedule_leaves_the_provider_to_the_seller() -> None:
    asked = RequestPayout(
        payout_id=payout_id_of("anna", NOW),
        seller_id="anna",
        provider="",
        destination="",
        **at(Actor("system", "pay-out-on-schedule")),
    )
    assert PayOutOnSchedule(USUAL).due(f"anna/{NOW.isoformat()}", NOW) == asked
