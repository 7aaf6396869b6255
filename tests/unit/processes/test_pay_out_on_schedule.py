"""What sellers have earned is paid out at the next turn."""

from datetime import UTC, datetime

import msgspec
import pytest

from commands.command import Actor, Policy
from commands.processes.pay_out_on_schedule import PayOutOnSchedule, payout_id_of, turn_of
from commands.processes.reactions import Schedule
from commands.streams.payout.messages import RequestPayout
from eventstore.events.seller import SellerUnblocked
from eventstore.events.seller_account import EarningsCredited, PayoutClaimed, RefundDebited
from tests.given import at
from tests.unit.processes.played import EUR, due, played
from tests.unit.samples import SAMPLES

TURN = datetime(2026, 3, 2, tzinfo=UTC)
AT_TURN = Schedule("s1/2026-03-02T00:00:00+00:00", TURN)
AT_NEXT_TURN = Schedule("s1/2026-03-03T00:00:00+00:00", datetime(2026, 3, 3, tzinfo=UTC))


def test_earnings_are_paid_out_at_the_next_turn_once() -> None:
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=EUR)
    process = PayOutOnSchedule(Policy())
    assert played(process, [earned, earned]) == [AT_TURN, AT_TURN]
    assert due(process, AT_TURN) == RequestPayout(
        payout_id=payout_id_of("s1", TURN),
        seller_id="s1",
        provider="",
        destination="",
        **at(Actor("system", "pay-out-on-schedule"), TURN),
    )


def test_earnings_in_the_log_after_a_turn_s_claim_wait_for_the_next_turn() -> None:
    """They were recorded before the turn: under that turn they would never be paid out."""
    process = PayOutOnSchedule(Policy())
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=EUR)
    claimed = PayoutClaimed(seller_id="s1", payout_id=payout_id_of("s1", TURN), amount=EUR)
    by_hand = PayoutClaimed(seller_id="s1", payout_id="po1", amount=EUR)
    assert played(process, [earned, claimed, earned]) == [AT_TURN, AT_NEXT_TURN]
    assert played(process, [earned, by_hand, earned]) == [AT_TURN, AT_TURN]


def test_commission_that_came_back_is_paid_out_too() -> None:
    debited = next(event for event in SAMPLES if isinstance(event, RefundDebited))
    process = PayOutOnSchedule(Policy())
    assert played(process, [debited]) == []
    credited = msgspec.structs.replace(debited, from_balance_minor=-1, from_debt_minor=0)
    assert played(process, [credited]) == [AT_TURN]


def test_a_refund_that_takes_nothing_of_the_balance_is_no_reason_to_pay_out() -> None:
    debited = next(event for event in SAMPLES if isinstance(event, RefundDebited))
    untouched = msgspec.structs.replace(debited, from_balance_minor=0)
    assert played(PayOutOnSchedule(Policy()), [untouched]) == []


@pytest.mark.parametrize("payout_id", ["po1", "~turn-", "~turn-soon-x", "turn-1767225600-x"])
def test_no_other_payout_has_a_turn(payout_id: str) -> None:
    assert turn_of(payout_id) is None


def test_the_turn_can_be_read_from_a_payout_s_id() -> None:
    assert turn_of(payout_id_of("s1", TURN)) == TURN


def test_a_seller_who_may_be_paid_again_is_paid_at_the_next_turn() -> None:
    unblocked = SellerUnblocked(seller_id="s1")
    assert played(PayOutOnSchedule(Policy()), [unblocked]) == [AT_TURN]
