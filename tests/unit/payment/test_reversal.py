"""Charges that are taken back and come again: whose money it is at every moment."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.command import Policy
from commands.streams.escrow.state import Escrow
from commands.streams.order.messages import CancelOrder, HandOverShipment, ReleaseFunds
from commands.streams.order.refusals import (
    OrderAlreadyPaid,
    OrderAlreadyShipped,
    OrderNotPaid,
    PaymentNotDueYet,
)
from commands.streams.payment.messages import RecordDecline
from commands.streams.refund.messages import RequestRefund
from commands.streams.refund.refusals import NothingToRefund
from eventstore.events.base import Event
from eventstore.events.escrow import FundsReinstated, LossRecovered
from eventstore.events.order import (
    OrderCancelled,
    OrderPaymentReinstated,
    PaymentDifferenceChargedBack,
    RefundReservationDropped,
    SellerPartCancelled,
)
from eventstore.events.payment import PaymentReinstated
from eventstore.events.refund import RefundRejected
from eventstore.events.seller_account import ChargebackDebited, DebtRepaid
from eventstore.events.stock import StockReleased
from tests.given import NOW, at
from tests.unit.facts import (
    DONE,
    PAID,
    UNPAID,
    captured,
    held,
    ids,
    missed,
    part,
    part_done,
    released,
    reversed_of,
    shipped,
    units,
)
from tests.unit.market import BUYER, SYSTEM, Market, eur
from tests.unit.order_steps import (
    HAND_OVER,
    TOTAL,
    books,
    cancel_unpaid,
    capture,
    charge,
    paid,
    take_back,
)

BOTH = TOTAL + 383
NET = TOTAL - 101
TAKEN_BACK = [*reversed_of(TOTAL, TOTAL), missed(TOTAL), UNPAID]
GOES_ON_UNPAID = msgspec.structs.replace(UNPAID, goes_on=True)
COUNTS_AGAIN: list[Event] = [
    PaymentReinstated(amount=eur(TOTAL), charge_reference="ch", **ids()),
    OrderPaymentReinstated(amount=eur(TOTAL), **ids()),
]
HELD_AGAIN = FundsReinstated(amount=eur(TOTAL), recovered_minor=0, seller_id="anna", **ids())
DEBITED = ChargebackDebited(  # She keeps no commission of it: that is a debt.
    seller_id="anna", amount=eur(TOTAL), from_balance_minor=NET, from_debt_minor=101, **ids()
)
ENDED = SellerPartCancelled(reason="not paid in time", **part("boris"))
WAIT = "A payment was taken back: wait for another."
CANCEL = CancelOrder(order_id="o1", reason="r", **at(BUYER))


def difference_gone(amount: int, payment_id: str = "p1") -> Event:
    return PaymentDifferenceChargedBack(amount=eur(amount), **ids(payment_id))


def test_a_charge_taken_back_leaves_the_order_unpaid_and_nothing_in_the_books() -> None:
    market = paid()
    assert take_back(market) == TAKEN_BACK
    assert books(market) == {}
    order = market.state("order-o1")
    assert (order.status, order.captured_minor, order.short) == ("awaiting_payment", 0, True)


def test_what_was_taken_back_is_neither_shipped_for_nor_released_nor_refunded() -> None:
    market = paid()
    take_back(market)
    hand_over = HandOverShipment(seller_id="anna", **HAND_OVER, **at())
    market.when(hand_over).refused(OrderNotPaid, "order_id", WAIT)
    market.when(ReleaseFunds(**part(), **at())).refused(OrderNotPaid, "order_id")
    market.decide(CANCEL)
    everything = RequestRefund(
        refund_id="r1", order_id="o1", reason="cancelled", approve=True, **at(SYSTEM)
    )
    market.when(everything).refused(NothingToRefund, "order_id")


def test_an_order_that_fell_unpaid_can_be_paid_again() -> None:
    market = paid()
    take_back(market)
    assert charge(market, payment_id="p2") == [
        *captured(TOTAL, "p2"),
        held(TOTAL, payment_id="p2"),
        PAID,
    ]
    assert market.ship() == shipped()


def test_an_order_that_fell_unpaid_is_cancelled_after_a_deadline_of_its_own() -> None:
    market = paid()
    late = RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM, NOW + timedelta(days=2)))
    unpaid = msgspec.structs.replace(UNPAID, payment_due_at=NOW + timedelta(days=3))
    market.when(late).then(*reversed_of(TOTAL, TOTAL), missed(TOTAL), unpaid)
    market.decide(late)
    market.when(cancel_unpaid(market, days=2)).refused(PaymentNotDueYet, "order_id")
    market.when(cancel_unpaid(market, days=3)).then(
        OrderCancelled(order_id="o1", reason="not paid in time"), units(StockReleased, 1)
    )


def test_a_dispute_won_counts_again() -> None:
    market = paid()
    take_back(market)
    assert capture(market) == [*COUNTS_AGAIN, HELD_AGAIN, PAID]
    assert books(market) == {"psp_clearing": -TOTAL, "escrow:o1/anna": TOTAL}
    assert capture(market) == []
    assert take_back(market) == TAKEN_BACK
    assert books(market) == {}


def test_a_dispute_won_after_the_cancellation_can_go_back() -> None:
    market = paid()
    take_back(market)
    market.decide(CANCEL)
    assert capture(market) == [*COUNTS_AGAIN, HELD_AGAIN]
    market.refund()
    assert books(market) == {"psp_clearing": -TOTAL, "refund_clearing": TOTAL}


def test_of_two_charges_the_overpaid_one_takes_nothing_with_it() -> None:
    market = paid()
    take_back(market)
    charge(market, payment_id="p2")
    assert capture(market) == [*COUNTS_AGAIN, difference_gone(-TOTAL)]
    assert take_back(market, "p2") == [
        *reversed_of(TOTAL, TOTAL, "p2"),
        difference_gone(TOTAL, "p2"),
    ]
    assert market.ship() == shipped()


@pytest.mark.parametrize(
    ("bearer", "debits", "left"),
    [
        ("seller", [DEBITED], {"commission_income": 101, "seller_debt:anna": -101}),
        (
            "marketplace",
            [],
            {"commission_income": 101, "seller_payable:anna": NET, "chargebacks": -TOTAL},
        ),
    ],
)
def test_released_money_is_lost_by_whom_the_policy_names(
    bearer: Any, debits: list[Event], left: dict[str, int]
) -> None:
    market = paid(Policy(chargebacks_borne_by=bearer))
    market.deliver()
    market.confirm()
    assert take_back(market) == [
        *reversed_of(TOTAL, TOTAL),
        missed(0, TOTAL, borne_by=bearer),
        *debits,
    ]
    assert books(market) == left


def test_what_the_seller_had_borne_comes_back_with_the_charge() -> None:
    market = paid()
    market.deliver()
    market.confirm()
    before = books(market)
    take_back(market)
    repaid = DebtRepaid(seller_id="anna", amount=eur(101))
    assert capture(market) == [*COUNTS_AGAIN, HELD_AGAIN, *released(TOTAL, 0), repaid]
    assert books(market) == before


def test_what_the_marketplace_had_lost_is_made_good_first() -> None:
    market = paid(Policy(chargebacks_borne_by="marketplace"))
    market.release()
    take_back(market)
    recovered = LossRecovered(amount=eur(TOTAL), seller_id="anna", **ids("p2"))
    assert charge(market, payment_id="p2") == [*captured(TOTAL, "p2"), recovered, PAID]
    assert books(market) == {
        "psp_clearing": -TOTAL,
        "commission_income": 101,
        "seller_payable:anna": NET,
    }
    escrow = Escrow(funded_minor=TOTAL, commission_taken_minor=101)
    assert market.state("escrow-o1/anna") == escrow


def test_money_that_is_gone_is_missed_first_where_nothing_was_shipped() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, TOTAL)
    charge(market, payment_id="p2")
    market.ship("anna")
    assert take_back(market) == [
        *reversed_of(TOTAL, TOTAL),
        missed(383, seller_id="boris"),
        missed(TOTAL - 383),
        GOES_ON_UNPAID,
    ]
    ended = market.decide(cancel_unpaid(market, days=1))
    assert ended == [ENDED, units(StockReleased, 1, "boris-item")]
    assert market.state("order-o1").parts == {"anna": "handed_over", "boris": "cancelled"}


def test_parts_that_were_not_handed_over_end_when_nobody_pays_again() -> None:
    market = paid(anna=1, boris=1)
    market.deliver("anna")
    market.confirm("anna")
    assert take_back(market) == [
        *reversed_of(BOTH, BOTH),
        missed(383, seller_id="boris"),
        missed(0, TOTAL),
        DEBITED,
        GOES_ON_UNPAID,
    ]
    hand_over = HandOverShipment(seller_id="boris", **HAND_OVER, **at())
    market.when(hand_over).refused(OrderNotPaid, "order_id", WAIT)
    market.when(CANCEL).refused(OrderAlreadyShipped, "order_id")
    market.when(cancel_unpaid(market, days=1)).then(
        ENDED, DONE, units(StockReleased, 1, "boris-item")
    )


def test_a_shipped_order_that_fell_unpaid_goes_on_when_it_is_paid_again() -> None:
    market = paid(anna=1, boris=1)
    market.ship("anna")
    take_back(market)
    assert charge(market, payment_id="p2") == [
        *captured(BOTH, "p2"),
        held(TOTAL, payment_id="p2"),
        held(383, "boris", "p2"),
        PAID,
    ]
    assert market.ship("boris") == shipped("boris")
    market.when(cancel_unpaid(market, days=9)).refused(OrderAlreadyPaid, "order_id")


def rejected_with_it(charged: int, gone: int) -> list[Event]:
    """A charge taken back, with the undecided refund over it."""
    reversed_, recorded = reversed_of(charged, gone)
    why = "the payment was taken back"
    return [
        reversed_,
        RefundRejected(refund_id="r1", order_id="o1", reason=why),
        RefundReservationDropped(refund_id="r1", order_id="o1"),
        recorded,
    ]


def test_an_undecided_refund_over_a_charge_taken_back_is_rejected_with_it() -> None:
    market = paid()
    market.refund(approve=False)
    assert take_back(market) == [*rejected_with_it(TOTAL, TOTAL), missed(TOTAL), UNPAID]
    assert market.state("order-o1").open_refunds == {}
    assert market.state("refund-r1").status == "rejected"


def test_what_was_refunded_before_is_not_taken_twice_from_the_seller() -> None:
    market = paid()
    market.refund(amount_minor=400)
    assert take_back(market) == [*reversed_of(TOTAL, TOTAL - 400), missed(TOTAL - 400), UNPAID]
    # The buyer has it twice: our loss until the refund's own leg is settled otherwise.
    assert books(market) == {"refund_clearing": 400, "chargebacks": -400}


def test_two_parts_that_a_reversal_ends_complete_the_order() -> None:
    market = paid(anna=1, boris=1)
    market.refund(amount_minor=200, approve=False)
    market.refund("r2")
    assert market.state("order-o1").parts == {"anna": "emptied", "boris": "emptied"}
    assert take_back(market) == [
        *rejected_with_it(BOTH, 200),
        missed(147),
        part_done("anna"),
        missed(53, seller_id="boris"),
        part_done("boris"),
        DONE,
    ]
