"""What can be drawn to happen to money that goes on: refunds, their legs, and payouts."""

from collections.abc import Sequence

from commands.command import Command
from commands.streams.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.streams.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
    Way,
)
from tests.given import at
from tests.property.market_machine import Commands, Market
from tests.property.order_operations import SIXTHS, part_in

REFUNDABLE = ("paid", "completed", "cancelled")
PARTS = ("placed", "handed_over", "delivered", "completed")
WAYS: Sequence[Way] = ("paid_outside", "other_payment", "written_off", "charged_back")


def refund(market: Market, order_id: str, approve: int, **given: object) -> Command:
    return RequestRefund(
        refund_id=market.new("refund"),
        order_id=order_id,
        reason="returned",
        approve=bool(approve % 2),
        **given,  # type: ignore[arg-type]
        **at(),
    )


def refund_all(market: Market, which: int, approve: int, *_: int) -> Commands:
    if order_id := market.pick("order", which, *REFUNDABLE):
        yield refund(market, order_id, approve)


def refund_lines(
    market: Market, which: int, approve: int, first: int, units: int, more: int
) -> Commands:
    if order_id := market.pick("order", which, *REFUNDABLE):
        count = len(market.order(order_id).lines)
        requests = {
            1 + (first + index) % count: 1 + (units + index) % 3 for index in range(1 + more % 2)
        }
        lines = tuple(
            RefundLineRequest(line_id=line_id, quantity=quantity)
            for line_id, quantity in requests.items()
        )
        yield refund(market, order_id, approve, lines=lines)


def refund_amount(
    market: Market, which: int, approve: int, share: int, part: int, near: int
) -> Commands:
    if ids := part_in(market, which, *PARTS):
        order = market.order(ids["order_id"])
        seller_id = ids["seller_id"] if part % 2 else None
        lines = order.lines_of(seller_id) if seller_id else order.lines
        left = sum(line.gross_minor for line in lines)
        amount = max(1, left * (share % SIXTHS + 1) // SIXTHS - near % 2)
        given = {"amount_minor": amount, "seller_id": seller_id}
        yield refund(market, order.order_id, approve, **given)


def approve(market: Market, which: int, *_: int) -> Commands:
    if refund_id := market.pick("refund", which, "requested"):
        yield ApproveRefund(refund_id=refund_id, **at())


def reject(market: Market, which: int, *_: int) -> Commands:
    if refund_id := market.pick("refund", which, "requested"):
        yield RejectRefund(refund_id=refund_id, reason="no", **at())


def leg(market: Market, which: int, settle: int, leg: int, *_: int) -> Commands:
    if refund_id := market.pick("refund", which, "approved", "failed"):
        legs = market.refund(refund_id).legs
        ids = {"refund_id": refund_id, "payment_id": legs[leg % len(legs)].payment_id}
        if settle % 3:
            yield RecordRefundLegSettled(provider_reference="re", **ids, **at())
        else:
            yield RecordRefundLegFailed(reason="closed", **ids, **at())


def leg_otherwise(market: Market, which: int, way: int, to: int, *_: int) -> Commands:
    if refund_id := market.pick("refund", which, "failed"):
        refund = market.refund(refund_id)
        charges = market.order(refund.order_id).charges
        yield SettleRefundLeg(
            refund_id=refund_id,
            payment_id=min(refund.failed, default="none"),
            way=WAYS[way % len(WAYS)],
            reason="closed",
            reference="transfer",
            to_payment_id=charges[to % len(charges)].payment_id if charges else "none",
            **at(),
        )


def return_overpaid(market: Market, which: int, *_: int) -> Commands:
    if order_id := market.pick("order", which, "paid", "completed"):
        yield refund(market, order_id, 1, overpaid=True)


def pay_out(market: Market, which: int, how: int, share: int, *_: int) -> Commands:
    if seller_id := market.pick("seller", which):
        due = [one for one in market.ids["seller"] if market.tally.balance(f"seller_payable:{one}")]
        seller_id = due[which % len(due)] if due else seller_id
        balance = market.world.state(f"seller_account-{seller_id}").balance_minor
        yield RequestPayout(
            payout_id=market.new("payout"),
            seller_id=seller_id,
            provider="sandbox" if how % 2 else "manual",
            destination="",
            amount_minor=max(1, balance * share // SIXTHS) if share % SIXTHS else None,
            **at(),
        )


def payout_result(market: Market, which: int, result: int, *_: int) -> Commands:
    if payout_id := market.pick("payout", which):
        seller_id = market.world.state(f"payout-{payout_id}").seller_id
        ids = {"payout_id": payout_id, "seller_id": seller_id}
        if result % 3 == 0:
            yield RecordPayoutSettled(provider_reference="po", **ids, **at())
        elif result % 3 == 1:
            yield RecordPayoutFailed(reason="closed", **ids, **at())
        else:
            yield RecordPayoutSent(payout_id=payout_id, provider_reference="po", **at())
