"""The laws of money and stock, over random histories of everything that can be asked."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.streams.escrow.refusals import NothingHeld
from commands.streams.order.messages import ConfirmReceipt
from commands.streams.order.placement import reserved
from commands.streams.refund.messages import RequestRefund
from eventstore.errors import Refused
from eventstore.events.refund import RefundLegReplaced
from eventstore.postings import postings
from eventstore.values import share_half_up, split_by_largest_remainder
from tests.given import at
from tests.property.market_histories import SETUPS, STEPS
from tests.property.market_machine import Market, Setup, Step
from tests.property.market_stories import STORIES

LAW_SETTINGS = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

type Law = Callable[[Market], None]


def books_sum_to_zero(market: Market) -> None:
    for event in market.fresh:
        assert sum(posting.amount_minor for posting in postings(event)) == 0
    for currency in {currency for _, currency in market.tally.balances}:
        book = market.tally.balances.items()
        assert sum(amount for (_, of), amount in book if of == currency) == 0


def accounts_are_what_the_streams_say(market: Market) -> None:
    for order in market.orders():
        for seller_id in order.parts:
            part = f"{order.order_id}/{seller_id}"
            booked = market.tally.balance(f"escrow:{part}")
            assert booked == market.world.state(f"escrow-{part}").held_minor >= 0
    for seller_id in market.ids["seller"]:
        account = market.world.state(f"seller_account-{seller_id}")
        assert market.tally.balance(f"seller_payable:{seller_id}") == account.balance_minor >= 0
        assert market.tally.balance(f"seller_debt:{seller_id}") == -account.debt_minor <= 0


def a_seller_has_a_balance_or_a_debt(market: Market) -> None:
    for seller_id in market.ids["seller"]:
        account = market.world.state(f"seller_account-{seller_id}")
        assert not (account.balance_minor and account.debt_minor), account


def captured_is_held_or_a_difference(market: Market) -> None:
    """Of every charge that counts, also after some were taken back or came again."""
    amounts = market.tally.amounts

    def of(order_id: str, **signs: int) -> int:
        return sum(
            sign * amounts[kind.replace("__", "."), order_id] for kind, sign in signs.items()
        )

    for order in market.orders():
        captured = of(
            order.order_id, PaymentCaptured=1, OrderPaymentReversed=-1, OrderPaymentReinstated=1
        )
        differences = of(order.order_id, PaymentDifferenceBooked=1, PaymentDifferenceChargedBack=-1)
        put_in = of(
            order.order_id,
            FundsHeld=1,
            LossRecovered=1,
            FundsReinstated=1,
            FundsReinstated__recovered_minor=1,
            FundsChargedBack=-1,
            FundsChargedBack__released_minor=-1,
        )
        funded = sum(market.escrow(order, seller_id).funded_minor for seller_id in order.parts)
        assert captured == put_in + differences == order.captured_minor
        assert put_in == funded


def chargebacks_are_what_nobody_made_good(market: Market) -> None:
    """Of charges taken back: what refunds had given back too, and released at our own loss."""
    lost = sum(
        market.escrow(order, seller_id).lost_minor
        for order in market.orders()
        for seller_id in order.parts
    )
    twice = sum(
        charge.refunded_minor
        for order in market.orders()
        for charge in order.charges
        if market.world.state(f"payment-{charge.payment_id}").status == "reversed"
    )
    settled = market.tally.amounts["RefundLegSettledOtherwise.charged_back",]
    assert -market.tally.balance("chargebacks") + settled == lost + twice


def refunds_add_up(market: Market) -> None:
    approved = settled = 0
    moved = {
        (event.refund_id, event.payment_id)
        for event in market.world.history
        if isinstance(event, RefundLegReplaced)
    }
    for refund in market.refunds():
        lines = sum(line.price_minor + line.shipping_minor for line in refund.lines)
        # A leg that goes back over another payment stands there, and here no more.
        legs = {
            leg.payment_id: leg.amount_minor
            for leg in refund.legs
            if (refund.refund_id, leg.payment_id) not in moved
        }
        assert refund.amount.amount_minor == sum(legs.values())
        assert refund.amount.amount_minor == lines + refund.difference_minor
        done = (refund.settled | refund.ended) & legs.keys()
        settled += sum(legs[payment_id] for payment_id in done)
        if refund.status not in {"requested", "rejected"}:
            approved += refund.amount.amount_minor
    assert market.tally.group("refund_clearing") == approved - settled
    for order in market.orders():
        returned = market.tally.amounts["RefundApproved", order.order_id]
        assert returned <= market.tally.amounts["PaymentCaptured", order.order_id]
        assert all(0 <= charge.refunded_minor <= charge.captured_minor for charge in order.charges)
        for line in order.lines:
            left = (line.price_minor, line.shipping_minor, line.commission_minor)
            assert min(*left, line.commission_vat_minor, line.quantity) >= 0, line


def a_refund_takes_from_a_seller_what_was_released(market: Market) -> None:
    amounts = market.tally.amounts
    for order in market.orders():
        for seller_id in order.parts:
            part = (order.order_id, seller_id)
            assert amounts["RefundDebited", *part] <= amounts["FundsReleased", *part], part


def released_parts_bear_their_commission(market: Market) -> None:
    """The VAT gives way where commission and VAT are more than what was held."""
    amounts = market.tally.amounts
    for order in market.orders():
        for seller_id in order.parts:
            part = (order.order_id, seller_id)
            released, due = amounts["FundsReleased", *part], order.due_minor(seller_id)
            touched = any(
                line.seller_id == seller_id
                for refund in market.refunds(order.order_id)
                if refund.status != "rejected"
                for line in refund.lines
            )
            if released < due or touched:
                continue
            lines = [line.line for line in order.lines_of(seller_id)]
            commission = sum(line.commission_minor for line in lines)
            vat = sum(line.commission_vat_minor for line in lines)
            taken = amounts["FundsReleased.commission_minor", *part]
            assert taken == commission
            vat_taken = amounts["FundsReleased.commission_vat_minor", *part]
            assert vat_taken == min(vat, due - commission)


def refunded_orders_bear_no_commission(market: Market) -> None:
    amounts = market.tally.amounts
    for order in market.orders():
        emptied = not any(line.gross_minor for line in order.lines)
        if not emptied or market.undecided(order.order_id):
            continue
        for kind in ("commission", "commission_vat"):
            taken = amounts[f"FundsReleased.{kind}_minor", order.order_id]
            given_back = amounts[f"RefundDebited.{kind}_reversed_minor", order.order_id]
            assert taken == given_back, kind


def commission_is_never_negative(market: Market) -> None:
    assert market.tally.balance("commission_income") >= 0
    assert market.tally.balance("commission_vat") >= 0


def commission_is_within_what_the_lines_bear(market: Market) -> None:
    """With no refund undecided, no more is kept of a part than its lines still bear."""
    for order in market.orders():
        if market.undecided(order.order_id):
            continue
        for seller_id in order.parts:
            escrow = market.world.state(f"escrow-{order.order_id}/{seller_id}")
            lines = order.lines_of(seller_id)
            borne = sum(line.commission_minor for line in lines)
            assert 0 <= escrow.commission_taken_minor <= borne
            assert 0 <= escrow.vat_taken_minor <= sum(line.commission_vat_minor for line in lines)


def stock_adds_up(market: Market) -> None:
    amounts = market.tally.amounts
    promised = dict.fromkeys(market.ids["listing"], 0)
    for order in market.orders():
        if order.status != "cancelled":
            for listing_id, quantity in reserved(order).items():
                promised[listing_id] += quantity
    for listing_id, quantity in promised.items():
        stock = market.world.state(f"stock-{listing_id}")
        received = amounts["StockReceived.quantity", listing_id]
        committed = amounts["StockCommitted.quantity", listing_id]
        assert min(stock.available, stock.reserved) >= 0
        assert stock.available + stock.reserved + committed == received
        assert stock.reserved == quantity, listing_id


def nothing_stays_reserved_for_what_is_refunded(market: Market) -> None:
    for order in market.orders():
        if order.status in {"awaiting_payment", "cancelled"} or market.undecided(order.order_id):
            continue
        for seller_id in order.parts:
            if not any(line.gross_minor for line in order.lines_of(seller_id)):
                assert not reserved(order, seller_id), seller_id


def an_order_completes_once_with_its_last_part(market: Market) -> None:
    for order in market.orders():
        times = market.tally.counts["OrderCompleted", order.order_id]
        assert times == (order.status == "completed")
        if times:
            assert set(order.parts.values()) == {"completed"}


def all_of_a_cancelled_order_can_go_back(market: Market) -> None:
    for order in market.orders():
        left = sum(charge.left_minor for charge in order.charges)
        if order.status != "cancelled" or market.undecided(order.order_id):
            continue
        if not left:
            assert not any(
                market.tally.balance(f"escrow:{order.order_id}/{seller_id}")
                for seller_id in order.parts
            )
        else:
            everything = RequestRefund(
                refund_id="probe", order_id=order.order_id, reason="", approve=True, **at()
            )
            events = market.would(everything)
            assert not isinstance(events, Refused), repr(events)
            assert events[0].amount.amount_minor == left  # type: ignore[attr-defined]


def a_delivered_part_can_be_confirmed(market: Market) -> None:
    for order in market.orders():
        for seller_id, status in order.parts.items():
            if status == "delivered":
                confirm = ConfirmReceipt(order_id=order.order_id, seller_id=seller_id, **at())
                assert not isinstance(market.would(confirm), NothingHeld)


BOOKS: Sequence[Law] = (
    books_sum_to_zero,
    accounts_are_what_the_streams_say,
    a_seller_has_a_balance_or_a_debt,
    captured_is_held_or_a_difference,
    chargebacks_are_what_nobody_made_good,
    commission_is_never_negative,
)
REFUNDS: Sequence[Law] = (
    refunds_add_up,
    a_refund_takes_from_a_seller_what_was_released,
    all_of_a_cancelled_order_can_go_back,
)
COMMISSION: Sequence[Law] = (
    released_parts_bear_their_commission,
    refunded_orders_bear_no_commission,
    commission_is_within_what_the_lines_bear,
)
ORDERS: Sequence[Law] = (
    stock_adds_up,
    nothing_stays_reserved_for_what_is_refunded,
    an_order_completes_once_with_its_last_part,
    a_delivered_part_can_be_confirmed,
)


@pytest.mark.parametrize(
    "laws", [BOOKS, REFUNDS, COMMISSION, ORDERS], ids=["books", "refunds", "commission", "orders"]
)
@LAW_SETTINGS
@given(setup=SETUPS, steps=STEPS)
def test_laws_hold_after_every_command(
    laws: Sequence[Law], setup: Setup, steps: list[Step]
) -> None:
    _play(laws, setup, steps)


@pytest.mark.parametrize("story", STORIES)
def test_laws_hold_when(story: str) -> None:
    _play([*BOOKS, *REFUNDS, *COMMISSION, *ORDERS], *STORIES[story])


def _play(laws: Sequence[Law], setup: Setup, steps: list[Step]) -> None:
    market = Market(setup)
    for step in steps:
        if market.play(step):
            for law in laws:
                try:
                    law(market)
                except AssertionError as broken:
                    broken.add_note("\n".join(map(str, market.accepted)))
                    raise


@LAW_SETTINGS
@given(
    amount=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=8),
)
def test_a_split_is_exact_and_within_one_unit(amount: int, weights: list[int]) -> None:
    total = sum(weights)
    if not total:
        assert split_by_largest_remainder(0, weights) == [0] * len(weights)
        return
    shares = split_by_largest_remainder(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * total - amount * weight) < total


@LAW_SETTINGS
@given(data=st.data(), whole=st.integers(1, 10**12), amount=st.integers(0, 10**12))
def test_a_share_is_within_half_a_unit_and_never_more_than_all(
    data: st.DataObject, whole: int, amount: int
) -> None:
    part = data.draw(st.integers(0, whole))
    share = share_half_up(amount, part, whole)
    assert 0 <= share <= amount
    assert 2 * abs(share * whole - amount * part) <= whole
    assert share_half_up(-amount, part, whole) == -share
    assert share_half_up(amount, whole, whole) == amount
    assert share_half_up(amount, part, 0) == 0
