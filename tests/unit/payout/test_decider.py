"""Payouts: claimed when requested, given back when they fail, claimed again when paid after all."""

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
from tests.unit.market import SELLER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import TOTAL, books, paid


def test_payouts_claim_what_is_due_and_give_it_back_when_they_fail() -> None:
    market = Market()
    market.place()
    market.pay()
    market.release()
    refuses(
        market,
        AmountExceedsDue,
        RequestPayout(
            payout_id="x",
            seller_id="anna",
            provider="manual",
            destination="",
            amount_minor=955,
            **at(),
        ),
    )
    refuses(
        market,
        NoPayoutDestination,
        RequestPayout(payout_id="x", seller_id="anna", provider="sandbox", destination="", **at()),
    )
    market.pay_out(provider="sandbox", destination="dest")
    assert market.state("seller_account-anna").balance_minor == 0
    ids = {"payout_id": "po1", "seller_id": "anna"}
    events = market.decide(RecordPayoutFailed(reason="closed", **ids, **at(SYSTEM)))
    assert [type(event) for event in events] == [PayoutFailed, PayoutReturned]
    assert market.state("seller_account-anna").balance_minor == 954


def test_a_settled_payout_can_bounce() -> None:
    market = Market()
    market.place()
    market.pay()
    market.release()
    market.pay_out(provider="sandbox", destination="dest")
    ids = {"payout_id": "po1", "seller_id": "anna"}
    settled = RecordPayoutSettled(provider_reference="po", **ids, **at(SYSTEM))
    assert of(market.decide(settled), PayoutSettled)
    events = market.decide(RecordPayoutFailed(reason="closed", **ids, **at(SYSTEM)))
    assert [type(event) for event in events] == [PayoutBounced, PayoutReturned]


def test_a_payout_that_failed_and_is_paid_after_all_is_claimed_again() -> None:
    market = paid()
    market.deliver()
    market.confirm()
    payout = {"payout_id": "po1", "seller_id": "anna"}
    market.pay_out(provider="sandbox", destination="d")
    market.decide(RecordPayoutFailed(reason="closed", **payout, **at(SYSTEM)))
    market.pay_out(payout_id="po2", provider="sandbox", destination="d")
    settled = RecordPayoutSettled(provider_reference="po", **payout, **at(SYSTEM))
    events = market.decide(settled)
    assert [type(event) for event in events] == [PayoutReclaimed, PayoutSettled]
    net = TOTAL - 101
    assert books(market)["seller_debt:anna"] == -net  # It has been paid twice.
    assert market.decide(settled) == []
    market.decide(RecordPayoutFailed(reason="back", **payout, **at(SYSTEM)))
    assert "seller_debt:anna" not in books(market)


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
