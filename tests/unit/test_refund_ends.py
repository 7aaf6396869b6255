"""How refunds end when a provider will not: nothing stays owed without a decision to take."""

from typing import Any

import pytest

from commands.command import Policy
from commands.refusals import NotAllowed, NotYours
from commands.streams.order.messages import CancelOrder, ConfirmReceipt, ReleaseFunds
from commands.streams.order.refusals import OrderIsCompleted
from commands.streams.payment.messages import RecordDecline, StartPayment
from commands.streams.payment.refusals import PaymentUnknown
from commands.streams.payout.messages import RecordPayoutFailed, RecordPayoutSettled
from commands.streams.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
)
from commands.streams.refund.refusals import (
    ChargeIsReversed,
    ChargeNotReversed,
    NothingOverpaid,
    RefundExceedsCaptured,
    RefundLegExists,
    RefundLegNotRefused,
    RefundUndecided,
)
from eventstore.events.escrow import FundsReleased, FundsReturned
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderLine,
    OrderPlaced,
    PaymentDifferenceReversed,
    ReceiptConfirmed,
    RefundLegMoved,
    SellerPartCompleted,
    SellerPartEmptied,
)
from eventstore.events.payout import PayoutSettled
from eventstore.events.refund import (
    RefundApproved,
    RefundFailed,
    RefundLegBounced,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
    RefundSettled,
)
from eventstore.events.seller_account import PayoutReclaimed
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.market import BUYER, SELLER, SYSTEM, Market, eur, of, refuses
from tests.unit.test_charges import TOTAL, books, capture, charge, paid

LEG = {"refund_id": "r1", "payment_id": "p1"}


def refused_leg() -> Market:
    """A refund of 400 that the provider will not make."""
    market = paid()
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="account closed", **LEG, **at(SYSTEM)))
    return market


def settle(way: Any, **more: Any) -> SettleRefundLeg:
    return SettleRefundLeg(way=way, reason="card closed", **more, **LEG, **at())


@pytest.mark.parametrize(
    ("way", "account"), [("paid_outside", "psp_clearing"), ("written_off", "written_off")]
)
def test_an_operator_settles_a_refused_leg_in_another_way(way: str, account: str) -> None:
    market = refused_leg()
    before = books(market).get(account, 0)
    events = market.decide(settle(way, reference="transfer 1"))
    assert of(events, RefundSettled)
    after = books(market)
    assert "refund_clearing" not in after
    assert after[account] - before == 400
    refuses(market, RefundLegNotRefused, settle(way))


def test_who_may_settle_what() -> None:
    market = refused_leg()
    by_buyer = SettleRefundLeg(way="written_off", reason="r", **LEG, **at(BUYER))
    refuses(market, NotAllowed, by_buyer)
    refuses(market, ChargeNotReversed, settle("charged_back"))
    refuses(market, PaymentUnknown, settle("other_payment", to_payment_id="p7"))
    refuses(market, RefundLegExists, settle("other_payment", to_payment_id="p1"))
    fresh = paid()
    fresh.refund(amount_minor=400)
    refuses(fresh, RefundLegNotRefused, settle("written_off"))


def test_a_leg_over_a_charge_taken_back_has_been_paid_by_the_bank() -> None:
    market = refused_leg()
    market.decide(RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM)))
    market.decide(settle("charged_back"))
    assert books(market) == {}


def test_also_when_the_whole_charge_had_been_refunded_before() -> None:
    market = paid()
    market.refund()
    market.decide(RecordRefundLegFailed(reason="refused", **LEG, **at(SYSTEM)))
    market.decide(RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM)))
    for way in ("paid_outside", "other_payment"):  # The buyer has it from the bank.
        refuses(market, ChargeIsReversed, settle(way, to_payment_id="p2"))
    market.decide(settle("charged_back"))
    assert books(market) == {}


def test_a_refused_leg_goes_back_over_another_payment() -> None:
    market = Market()
    market.place()
    charge(market, 600)
    charge(market, payment_id="p2")
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="closed", **LEG, **at(SYSTEM)))
    events = market.decide(settle("other_payment", to_payment_id="p2"))
    assert [type(event) for event in events] == [RefundLegReplaced, RefundLegMoved]
    left = {charge.payment_id: charge.left_minor for charge in market.state("order-o1").charges}
    assert left == {"p1": 600, "p2": 55}
    new = {"refund_id": "r1", "payment_id": "p2"}
    settled = RecordRefundLegSettled(provider_reference="re", **new, **at(SYSTEM))
    assert of(market.decide(settled), RefundSettled)
    assert "refund_clearing" not in books(market)


def test_another_payment_must_have_enough_left() -> None:
    market = Market()
    market.place()
    charge(market, 800)
    charge(market, payment_id="p2")
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegFailed(reason="closed", **LEG, **at(SYSTEM)))
    refuses(market, RefundExceedsCaptured, settle("other_payment", to_payment_id="p2"))


def test_a_refund_that_bounces_is_owed_again() -> None:
    market = paid()
    market.refund(amount_minor=400)
    market.decide(RecordRefundLegSettled(provider_reference="re", **LEG, **at(SYSTEM)))
    bounced = RecordRefundLegFailed(reason="card closed", **LEG, **at(SYSTEM))
    events = market.decide(bounced)
    assert [type(event) for event in events] == [RefundLegBounced, RefundFailed]
    assert books(market)["refund_clearing"] == 400
    assert market.decide(bounced) == []
    market.decide(settle("paid_outside", reference="t"))
    assert "refund_clearing" not in books(market)


def test_a_leg_that_failed_may_still_be_paid() -> None:
    market = refused_leg()
    paid_late = RecordRefundLegSettled(provider_reference="re", **LEG, **at(SYSTEM))
    assert [type(event) for event in market.decide(paid_late)] == [RefundLegSettled, RefundSettled]


def test_what_the_provider_pays_after_an_operator_did_is_a_loss_until_it_comes_back() -> None:
    market = refused_leg()
    market.decide(settle("paid_outside", reference="t"))
    paid_late = RecordRefundLegSettled(provider_reference="re", **LEG, **at(SYSTEM))
    assert of(market.decide(paid_late), RefundLegPaidTwice)
    assert books(market)["written_off"] == -400
    assert market.decide(paid_late) == []
    market.decide(RecordRefundLegFailed(reason="back", **LEG, **at(SYSTEM)))
    assert "written_off" not in books(market)


def overpaid() -> Market:
    market = Market()
    market.place()
    charge(market, TOTAL + 500)
    return market


def test_what_was_paid_too_much_goes_back_without_the_goods() -> None:
    market = overpaid()
    (approved,) = of(market.refund(overpaid=True, payment_id="p1"), RefundApproved)
    assert (approved.amount, [leg.payment_id for leg in approved.legs]) == (eur(500), ["p1"])
    assert market.state("order-o1").lines[0].gross_minor == TOTAL
    refuses(
        market,
        NothingOverpaid,
        RequestRefund(refund_id="r2", order_id="o1", reason="r", overpaid=True, **at()),
    )


def test_an_overpayment_goes_back_to_the_payment_that_it_came_from() -> None:
    market = Market()
    market.place()
    charge(market, 600)
    charge(market, TOTAL, "p2")
    (approved,) = of(market.refund(overpaid=True, payment_id="p2"), RefundApproved)
    assert [(leg.payment_id, leg.amount_minor) for leg in approved.legs] == [("p2", 600)]


def test_no_more_than_what_was_overpaid_and_no_process_returns_what_came_by_hand() -> None:
    market = overpaid()
    ask = {"order_id": "o1", "reason": "r", "overpaid": True}
    too_much = RequestRefund(refund_id="r1", amount_minor=501, **ask, **at())
    refuses(market, RefundExceedsCaptured, too_much)
    by_hand = Market()
    by_hand.place()
    by_hand.pay(TOTAL + 500)
    asked = RequestRefund(refund_id="r1", payment_id="p1", approve=True, **ask, **at(SYSTEM))
    refuses(by_hand, NotAllowed, asked)
    assert by_hand.refund(overpaid=True, payment_id="p1")


def test_a_process_returns_each_excess_over_its_own_payment_only() -> None:
    market = Market()
    market.place()
    for payment_id, amount in (("card", 50), ("late", 60)):
        market.decide(
            StartPayment(
                payment_id=payment_id,
                order_id="o1",
                provider="sandbox",
                method="card",
                source="t",
                amount_minor=amount,
                **at(BUYER),
            )
        )
    market.pay(TOTAL + 100)  # By hand, 100 too much.
    capture(market, "card")
    capture(market, "late")
    for payment_id, more in (("card", 50), ("late", 60)):
        asked = RequestRefund(
            refund_id=f"~{payment_id}",
            order_id="o1",
            reason="r",
            overpaid=True,
            payment_id=payment_id,
            amount_minor=more,
            approve=True,
            **at(SYSTEM),
        )
        (approved,) = of(market.decide(asked), RefundApproved)
        assert [(leg.payment_id, leg.amount_minor) for leg in approved.legs] == [(payment_id, more)]
    assert market.state("order-o1").difference_minor == 100  # An operator's to return.


def test_an_order_short_by_a_cent_can_be_closed_when_all_its_money_is_back() -> None:
    """3 short of 1438: what is left of the lines then is worth nothing to anybody."""
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 1435)
    market.refund(amount_minor=1434)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    market.refund("r2")
    assert books(market) == {"psp_clearing": -1435, "refund_clearing": 1435}


def test_a_refund_of_nothing_closes_what_only_a_missing_cent_stands_for() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, 1435)
    lines = (RefundLineRequest(line_id=1, quantity=1),)
    market.refund(lines=lines)
    market.refund("r2", amount_minor=380, seller_id="boris")
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    events = market.refund("r3")
    assert of(events, FundsReturned)[0].amount == eur(3)
    assert of(events, PaymentDifferenceReversed)[0].amount == eur(-3)
    assert of(events, RefundSettled)[0].amount == eur(0)
    assert "escrow:o1/boris" not in books(market)
    assert "payment_difference" not in books(market)


def test_a_part_whose_goods_were_all_refunded_frees_its_stock_at_once() -> None:
    market = paid()
    market.refund(amount_minor=21, approve=False)
    events = market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=1),))
    assert of(events, SellerPartEmptied)
    assert of(events, StockReleased)[0].quantity == 1
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    # Nothing can be handed over, and 21 are held: for the seller, or for the buyer.
    done = market.decide(ReleaseFunds(order_id="o1", seller_id="anna", **at()))
    assert [type(event) for event in done][-2:] == [SellerPartCompleted, OrderCompleted]


def test_or_the_rest_of_an_emptied_part_goes_back_to_the_buyer() -> None:
    market = paid()
    market.refund(amount_minor=21, approve=False)
    market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=1),))
    done = market.decide(ApproveRefund(refund_id="r1", **at()))
    assert of(done, OrderCompleted)
    assert not of(done, StockReleased)


TIMED = {"order_id": "o1", "seller_id": "anna"}


def test_an_undecided_refund_holds_the_timed_release_of_what_it_asks_for() -> None:
    market = paid()
    market.deliver()
    market.refund(amount_minor=300, approve=False)
    (released,) = of(market.decide(ReleaseFunds(**TIMED, **at(SYSTEM))), FundsReleased)
    assert released.amount == eur(TOTAL - 300)
    refuses(market, RefundUndecided, ReleaseFunds(**TIMED, **at(SYSTEM)))
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    done = market.decide(ReleaseFunds(**TIMED, **at(SYSTEM)))
    assert of(done, FundsReleased)[0].amount == eur(300)
    assert of(done, SellerPartCompleted)


def test_but_not_beyond_the_second_deadline() -> None:
    market = paid()
    market.deliver()
    market.refund(amount_minor=300, approve=False)
    last = ReleaseFunds(despite_refunds=True, **TIMED, **at(SYSTEM))
    assert of(market.decide(last), FundsReleased)[0].amount == eur(TOTAL)


def test_a_part_refunded_in_full_was_not_shipped_and_the_rest_can_be_cancelled() -> None:
    market = paid(anna=1, boris=1)
    market.refund(lines=(RefundLineRequest(line_id=1, quantity=1),))
    events = market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert of(events, OrderCancelled)
    assert [event.listing_id for event in of(events, StockReleased)] == ["boris-item"]


def test_an_order_that_is_over_is_not_cancelled() -> None:
    market = paid()
    market.refund()
    refuses(market, OrderIsCompleted, CancelOrder(order_id="o1", reason="r", **at(BUYER)))


def test_a_receipt_is_confirmed_once() -> None:
    market = paid()
    market.deliver()
    assert of(market.confirm(), ReceiptConfirmed)
    confirm = ConfirmReceipt(order_id="o1", seller_id="anna", **at(BUYER))
    assert market.decide(confirm) == []


def test_a_seller_s_part_alone_can_be_refunded_in_full() -> None:
    market = paid(anna=1, boris=1)
    (approved,) = of(market.refund(seller_id="boris"), RefundApproved)
    assert approved.amount == eur(383)
    refuses(
        market,
        NotYours,
        RequestRefund(refund_id="r2", order_id="o1", reason="r", seller_id="anna", **at(SELLER)),
    )


def test_vat_never_takes_more_than_the_line_brings() -> None:
    market = Market(Policy(commission_rate_bps=10_000, commission_vat_rate_bps=2000))
    (placed,) = of(market.place(anna=5), OrderPlaced)
    line: OrderLine = placed.lines[0]
    assert line.commission_minor == 5 * 1005
    assert line.commission_vat_minor == line.shipping_minor == 50
    charge(market)
    market.deliver()
    market.confirm()
    market.refund(lines=(RefundLineRequest(line_id=1, quantity=2),))
    market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=3),))
    left = books(market)
    assert {"commission_income", "commission_vat", "seller_debt:anna"}.isdisjoint(left)


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
