"""A seller's destination names its provider: a token of one is nothing to another."""

import msgspec
import pytest

from commands.command import Actor, Policy
from commands.processes.pay_out_on_schedule import PayOutOnSchedule
from commands.streams.payout.messages import RequestPayout
from commands.streams.payout.refusals import NoPayoutDestination
from eventstore.events.payout import PayoutRequested
from eventstore.events.seller import SellerRegistered
from eventstore.events.seller_account import EarningsCredited
from eventstore.values import Money
from tests.given import NOW, World, at
from tests.unit.market import of, refuses

USUAL = Policy(payout_provider="usual")


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
    earnings = EarningsCredited(seller_id="anna", order_id="o1", amount=Money(900, "EUR"))
    return World([registered, earnings], USUAL)


def asked(provider: str = "", destination: str = "") -> RequestPayout:
    return RequestPayout(
        payout_id="x", seller_id="anna", provider=provider, destination=destination, **at()
    )


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
    market = earned(registered_with)
    (requested,) = of(market.decide(asked(asked_of)), PayoutRequested)
    assert (requested.provider, requested.destination) == (paid_by, "acct")


def test_the_usual_provider_s_account_is_no_destination_of_another() -> None:
    refuses(earned(""), NoPayoutDestination, asked("other"))


@pytest.mark.parametrize("usual", ["manual", "usual"])
def test_the_schedule_settles_nothing_by_hand(usual: str) -> None:
    """The books would say that money went out which nobody has sent."""
    market = earned("" if usual == "manual" else "manual")
    market.policy = Policy(payout_provider=usual)
    due = msgspec.structs.replace(asked(), by=Actor("system", "pay-out-on-schedule"))
    refuses(market, NoPayoutDestination, due)


def test_an_account_with_one_provider_is_no_destination_of_another() -> None:
    market = earned("own")
    refuses(market, NoPayoutDestination, asked("other"))
    (requested,) = of(market.decide(asked("other", "there")), PayoutRequested)
    assert (requested.provider, requested.destination) == ("other", "there")


def test_the_schedule_leaves_the_provider_to_the_seller() -> None:
    due = PayOutOnSchedule(USUAL).due(f"anna/{NOW.isoformat()}", NOW)
    assert (due.seller_id, due.provider, due.destination) == ("anna", "", "")
    assert due.by == Actor("system", "pay-out-on-schedule")
