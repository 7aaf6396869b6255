"""The laws of commission: what is kept of a part, and what goes back with it."""

from collections.abc import Sequence

from tests.property.market_machine import Market
from tests.property.money_laws import Law


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


COMMISSION: Sequence[Law] = (
    released_parts_bear_their_commission,
    refunded_orders_bear_no_commission,
    commission_is_within_what_the_lines_bear,
)
