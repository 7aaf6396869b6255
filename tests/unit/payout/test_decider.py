"""Payouts: claimed when requested, given back when they fail, claimed again when paid after all."""

from commands.streams.payout.messages import RecordPayoutFailed, RecordPayoutSettled, RequestPayout
from commands.streams.payout.refusals import NoPayoutDestination
from commands.streams.seller_account.refusals import AmountExceedsDue
from eventstore.events.payout import PayoutBounced, PayoutFailed, PayoutSettled
from eventstore.events.seller_account import (
    PayoutReclaimed,
    PayoutReturned,
)
from tests.given import at
from tests.unit.market import SYSTEM, Market, of, refuses
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
