"""Payouts: claimed when requested, given back when they fail, claimed again when paid after all."""

from typing import Any

import msgspec
import pytest

from commands.command import Command
from commands.refusals import AmountNotPositive, ForeignCurrency, NotAllowed
from commands.streams.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.streams.payout.refusals import NoPayoutDestination, PayoutExists, PayoutUnknown
from commands.streams.seller.refusals import SellerUnknown
from commands.streams.seller_account.refusals import AmountExceedsDue, NothingDue
from commands.streams.seller_account.state import SellerAccount
from eventstore.events.base import Event
from eventstore.events.payout import (
    PayoutBounced,
    PayoutFailed,
    PayoutRequested,
    PayoutSent,
    PayoutSettled,
)
from eventstore.events.seller import SellerRegistered
from eventstore.events.seller_account import (
    ChargebackDebited,
    DebtRepaid,
    EarningsCredited,
    PayoutClaimed,
    PayoutReclaimed,
    PayoutReturned,
)
from tests.given import at, given
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import SELLER, SYSTEM, Market, eur
from tests.unit.order_steps import TOTAL, books, paid

ANNA = SellerRegistered(
    seller_id="anna",
    name="n",
    currency="EUR",
    commission_rate_bps=None,
    payout_destination="",
    payout_provider="",
)
EARNED = EarningsCredited(seller_id="anna", order_id="o1", amount=eur(100))
IDS = {"payout_id": "po1", "seller_id": "anna"}
ASK = RequestPayout(provider="sandbox", destination="d", amount_minor=70, **IDS, **at())
REQUESTED = PayoutRequested(provider="sandbox", destination="d", amount=eur(70), **IDS)
CLAIMED = PayoutClaimed(amount=eur(70), **IDS)
SENT = PayoutSent(provider_reference="po", **IDS)
SETTLED = PayoutSettled(amount=eur(70), provider_reference="po", **IDS)
FAILED = PayoutFailed(reason="closed", **IDS)
BOUNCED = PayoutBounced(amount=eur(70), reason="closed", **IDS)
RETURNED = PayoutReturned(amount=eur(70), **IDS)
SEND = RecordPayoutSent(payout_id="po1", provider_reference="po", **at(SYSTEM))
SETTLE = RecordPayoutSettled(provider_reference="po", **IDS, **at(SYSTEM))
FAIL = RecordPayoutFailed(reason="closed", **IDS, **at(SYSTEM))
ASKED = (ANNA, EARNED, REQUESTED, CLAIMED)


NET = TOTAL - 101  # What Anna earns of one of her items.
OF_NET: dict[str, Any] = {"amount": eur(NET), **IDS}
NET_FAILED = [FAILED, PayoutReturned(**OF_NET)]
NET_SETTLED = PayoutSettled(provider_reference="po", **OF_NET)


def earned() -> Market:
    """Anna's part of an order is paid and released."""
    market = paid()
    market.release()
    return market


def claimed() -> Market:
    """All of it is asked for."""
    market = earned()
    assert market.pay_out(provider="sandbox", destination="d") == [
        PayoutRequested(provider="sandbox", destination="d", **OF_NET),
        PayoutClaimed(**OF_NET),
    ]
    return market


def test_payouts_claim_what_is_due_and_give_it_back_when_they_fail() -> None:
    too_much = msgspec.structs.replace(ASK, provider="manual", destination="", amount_minor=955)
    says = "954 due, 955 asked for."
    earned().when(too_much).refused(AmountExceedsDue, "amount.amount_minor", says)
    nowhere = msgspec.structs.replace(ASK, destination="", amount_minor=None)
    earned().when(nowhere).refused(NoPayoutDestination, "destination")
    market = claimed()
    assert market.state("seller_account-anna") == SellerAccount(balance_minor=0, debt_minor=0)
    assert market.decide(FAIL) == NET_FAILED
    assert market.state("seller_account-anna") == SellerAccount(balance_minor=954, debt_minor=0)


def test_a_settled_payout_can_bounce() -> None:
    market = claimed()
    assert market.decide(SETTLE) == [NET_SETTLED]
    bounced = PayoutBounced(reason="closed", **OF_NET)
    market.when(FAIL).then(bounced, PayoutReturned(**OF_NET))


def test_a_payout_that_failed_and_is_paid_after_all_is_claimed_again() -> None:
    market = claimed()
    market.decide(FAIL)
    market.pay_out(payout_id="po2", provider="sandbox", destination="d")
    reclaimed = PayoutReclaimed(from_balance_minor=0, from_debt_minor=NET, **OF_NET)
    assert market.decide(SETTLE) == [reclaimed, NET_SETTLED]
    rest = {"commission_income": 101, "payout_clearing": NET}
    twice = {"psp_clearing": NET - TOTAL, "seller_debt:anna": -NET}
    assert books(market) == {**rest, **twice}  # It has been paid twice.
    market.when(SETTLE).then()
    bounced = PayoutBounced(reason="closed", **OF_NET)
    repaid = DebtRepaid(seller_id="anna", amount=eur(NET))
    assert market.decide(FAIL) == [bounced, PayoutReturned(**OF_NET), repaid]
    assert books(market) == {**rest, "psp_clearing": -TOTAL}


def test_a_payout_is_requested_and_claimed() -> None:
    given(ANNA, EARNED).when(ASK).then(REQUESTED, CLAIMED)


def test_by_hand_it_is_settled_at_once_and_needs_no_destination() -> None:
    by_hand = msgspec.structs.replace(ASK, provider="manual", destination="", amount_minor=None)
    given(ANNA, EARNED).when(by_hand).then(
        PayoutRequested(provider="manual", destination="", amount=eur(100), **IDS),
        PayoutClaimed(amount=eur(100), **IDS),
        PayoutSettled(amount=eur(100), provider_reference="manual:po1", **IDS),
    )


def test_the_seller_s_own_destination_serves_where_none_is_named() -> None:
    anna = msgspec.structs.replace(ANNA, payout_destination="hers")
    requested = msgspec.structs.replace(REQUESTED, destination="hers")
    ask = msgspec.structs.replace(ASK, destination="")
    given(anna, EARNED).when(ask).then(requested, CLAIMED)


RECLAIMED = PayoutReclaimed(amount=eur(70), from_balance_minor=70, from_debt_minor=0, **IDS)


@pytest.mark.parametrize(
    ("past", "command", "events"),
    [
        ([], SEND, [SENT]),
        ([SENT], SEND, []),
        ([SETTLED], SEND, []),
        ([], SETTLE, [SETTLED]),
        ([SENT], SETTLE, [SETTLED]),
        ([SETTLED], SETTLE, []),
        ([FAILED, RETURNED], SETTLE, [RECLAIMED, SETTLED]),
        ([], FAIL, [FAILED, RETURNED]),
        ([SENT], FAIL, [FAILED, RETURNED]),
        ([SETTLED], FAIL, [BOUNCED, RETURNED]),
        ([FAILED, RETURNED], FAIL, []),
        ([SETTLED, BOUNCED, RETURNED], FAIL, []),
    ],
)
def test_each_outcome_is_recorded_once(
    past: list[Event], command: Command, events: list[Event]
) -> None:
    given(*ASKED, *past).when(command).then(*events)


def test_what_comes_back_repays_a_debt() -> None:
    debited = ChargebackDebited(
        seller_id="anna",
        order_id="o1",
        payment_id="p1",
        amount=eur(50),
        from_balance_minor=30,
        from_debt_minor=20,
    )
    repaid = DebtRepaid(seller_id="anna", amount=eur(20))
    given(*ASKED, debited).when(FAIL).then(FAILED, RETURNED, repaid)


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            lambda: given(*ASKED),
            msgspec.structs.replace(
                ASK, destination="", currency="USD", amount_minor=0, seller_id="nobody", by=SELLER
            ),
            rung(NotAllowed, None, "Only an operator may request a payout."),
            rung(PayoutExists, "payout_id", **at()),
            rung(SellerUnknown, "seller_id", payout_id="po2"),
            rung(
                ForeignCurrency,
                "amount.currency",
                "The amount must be in EUR.",
                world=lambda: given(ANNA),
                seller_id="anna",
            ),
            rung(NoPayoutDestination, "destination", currency="EUR"),
            rung(NothingDue, "seller_id", destination="d"),
            rung(AmountNotPositive, "amount.amount_minor", world=lambda: given(ANNA, EARNED)),
            rung(
                AmountExceedsDue,
                "amount.amount_minor",
                "100 due, 101 asked for.",
                amount_minor=101,
            ),
        ),
        *[
            step
            for command in (SEND, SETTLE, FAIL)
            for step in ladder(given, command, rung(PayoutUnknown, "payout_id"))
        ],
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
