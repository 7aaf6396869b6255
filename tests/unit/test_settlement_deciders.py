"""The write model where money moves on: release, refunds, debts and payouts, a sentence a rule."""

import msgspec

from commands.refusals import NotAllowed
from commands.streams.escrow.refusals import AmountExceedsHeld, NothingHeld
from commands.streams.order.messages import (
    CancelOrder,
    ReleaseFunds,
)
from commands.streams.order.refusals import ParcelNotDelivered
from commands.streams.payout.messages import RecordPayoutFailed, RecordPayoutSettled, RequestPayout
from commands.streams.payout.refusals import NoPayoutDestination
from commands.streams.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
)
from commands.streams.refund.refusals import RefundAlreadyDecided, RefundQuantityTooLarge
from commands.streams.seller_account.refusals import AmountExceedsDue
from eventstore.events.escrow import FundsReleased, FundsReturned
from eventstore.events.order import (
    OrderCompleted,
    PaymentDifferenceReversed,
    ReceiptConfirmed,
    SellerPartCompleted,
)
from eventstore.events.payout import PayoutBounced, PayoutFailed, PayoutSettled
from eventstore.events.refund import RefundApproved, RefundFailed, RefundLegSettled, RefundSettled
from eventstore.events.seller_account import (
    DebtRepaid,
    EarningsCredited,
    PayoutReturned,
    RefundDebited,
)
from tests.given import at
from tests.unit.market import BUYER, SELLER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import capture, started


def test_confirmation_releases_and_credits_in_one_commit() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay()
    market.deliver("anna")
    events = market.confirm("anna")
    (released,) = of(events, FundsReleased)
    assert (released.amount, released.commission_minor) == (eur(1055), 101)
    assert of(events, EarningsCredited)[0].amount == eur(954)
    assert of(events, SellerPartCompleted)
    assert not of(events, OrderCompleted)
    market.deliver("boris")
    assert of(market.confirm("boris"), OrderCompleted)


def test_confirmation_after_the_window_only_confirms() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.release(by=SYSTEM)
    assert [type(event) for event in market.confirm()] == [ReceiptConfirmed]


def test_release_in_part_takes_the_commission_in_part_and_all_of_it_in_the_end() -> None:
    market = Market()
    market.place()
    market.pay()
    first = of(market.release(500), FundsReleased)[0]
    second = of(market.release(), FundsReleased)[0]
    assert (first.commission_minor, second.commission_minor) == (48, 53)
    assert second.amount == eur(555)
    refuses(market, NothingHeld, ReleaseFunds(order_id="o1", seller_id="anna", **at()))


def test_more_than_held_is_not_released_and_the_system_waits_for_delivery() -> None:
    market = Market()
    market.place()
    market.pay()
    much = ReleaseFunds(order_id="o1", seller_id="anna", amount_minor=1056, **at())
    refuses(market, AmountExceedsHeld, much)
    early = ReleaseFunds(order_id="o1", seller_id="anna", **at(SYSTEM))
    refuses(market, ParcelNotDelivered, early)
    refuses(market, NotAllowed, msgspec.structs.replace(early, by=SELLER))


def test_a_refund_before_release_comes_from_escrow() -> None:
    market = Market()
    market.place(anna=3)
    market.pay()
    events = market.refund(lines=(RefundLineRequest(line_id=1, quantity=1),))
    assert of(events, FundsReturned)[0].amount == eur(1005 + 17)
    assert not of(events, RefundDebited)
    assert [type(e) for e in events[-2:]] == [RefundLegSettled, RefundSettled]
    market.deliver()
    (released,) = of(market.confirm(), FundsReleased)
    assert released.commission_minor == 302 - 101


def test_a_refund_after_release_comes_from_the_seller_and_reverses_commission() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.confirm()
    market.pay_out(amount_minor=900)
    (debited,) = of(market.refund(), RefundDebited)
    assert debited.amount == eur(1055)
    assert debited.commission_reversed_minor == 101
    assert (debited.from_balance_minor, debited.from_debt_minor) == (54, 900)


def test_new_earnings_repay_a_debt_first() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.confirm()
    market.pay_out()
    market.refund()
    assert market.state("seller_account-anna").debt_minor == 954
    market.earn_again()
    account = market.state("seller_account-anna")
    assert (account.balance_minor, account.debt_minor) == (0, 0)
    assert of(market.history, DebtRepaid)[0].amount == eur(954)


def test_refunds_are_bounded_by_what_is_left() -> None:
    market = Market()
    market.place(anna=2)
    market.pay()
    market.refund("r1", lines=(RefundLineRequest(line_id=1, quantity=1),), approve=False)
    twice = RequestRefund(
        refund_id="r2",
        order_id="o1",
        reason="x",
        lines=(RefundLineRequest(line_id=1, quantity=2),),
        **at(),
    )
    refuses(market, RefundQuantityTooLarge, twice)
    market.decide(RejectRefund(refund_id="r1", reason="no", **at()))
    assert market.decide(twice)
    refuses(market, RefundAlreadyDecided, ApproveRefund(refund_id="r1", **at()))


def test_a_refund_of_everything_returns_the_difference_too() -> None:
    market = Market()
    market.place()
    market.pay(1055 + 111)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    events = market.refund()
    assert of(events, RefundApproved)[0].amount == eur(1166)
    assert of(events, PaymentDifferenceReversed)[0].amount == eur(111)


def test_a_partly_paid_cancelled_order_returns_what_was_paid() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay(1100)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    events = market.refund()
    assert of(events, RefundApproved)[0].amount == eur(1100)
    assert [event.amount for event in of(events, FundsReturned)] == [eur(1055), eur(45)]


def test_refund_legs_settle_or_fail_one_by_one() -> None:
    market = Market()
    market.place()
    started(market)
    market.decide(capture())
    market.refund()
    ids = {"refund_id": "r1", "payment_id": "p1"}
    failed = market.decide(RecordRefundLegFailed(reason="closed", **ids, **at(SYSTEM)))
    assert of(failed, RefundFailed)[0].owed == eur(1055)
    settle = RecordRefundLegSettled(provider_reference="re", **ids, **at(SYSTEM))
    assert of(market.decide(settle), RefundSettled)
    assert market.decide(settle) == []


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
