"""The laws of money: what must be true of the books after every command."""

from collections.abc import Callable, Sequence

from commands.streams.refund.messages import RequestRefund
from eventstore.errors import Refused
from eventstore.events.refund import RefundLegReplaced
from eventstore.postings import postings
from tests.given import at
from tests.property.market_machine import Market

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


def commission_is_never_negative(market: Market) -> None:
    assert market.tally.balance("commission_income") >= 0
    assert market.tally.balance("commission_vat") >= 0


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
