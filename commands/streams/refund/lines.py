"""How much a refund takes back of each line: price, shipping, commission and its VAT."""

from collections.abc import Mapping, Sequence

from commands.amounts import within_limits
from commands.streams.escrow.state import Escrow
from commands.streams.order.state import OpenLine, Order
from commands.streams.refund.messages import RefundLineRequest
from commands.streams.refund.refusals import (
    NothingToRefund,
    RefundExceedsCaptured,
    RefundLineUnknown,
    RefundQuantityTooLarge,
)
from eventstore.events.order import RefundLeg, RefundLine
from eventstore.values import share_half_up, split_by_largest_remainder


def by_quantities(order: Order, requests: Sequence[RefundLineRequest]) -> list[RefundLine]:
    """Units of lines; the last units of a line take everything that is left of it."""
    lines = {line.line.line_id: line for line in order.lines}
    refunds: dict[int, RefundLine] = {}
    for index, request in enumerate(requests):
        line = lines.get(request.line_id)
        if line is None or request.line_id in refunds:
            raise RefundLineUnknown(field=f"lines[{index}].line_id")
        if request.quantity > line.quantity:
            raise RefundQuantityTooLarge(
                f"{line.quantity} left on this line.", field=f"lines[{index}].quantity"
            )
        refunds[request.line_id] = _units(line, request.quantity)
    return list(refunds.values())


def _units(line: OpenLine, quantity: int) -> RefundLine:
    if quantity == line.quantity:
        return whole(line)
    price = min(line.line.unit_price_minor * quantity, line.price_minor)
    return RefundLine(
        line_id=line.line.line_id,
        seller_id=line.line.seller_id,
        quantity=quantity,
        price_minor=price,
        shipping_minor=share_half_up(line.shipping_minor, quantity, line.quantity),
        commission_minor=share_half_up(line.commission_minor, price, line.price_minor),
        commission_vat_minor=share_half_up(line.commission_vat_minor, price, line.price_minor),
    )


def whole(line: OpenLine) -> RefundLine:
    return RefundLine(
        line_id=line.line.line_id,
        seller_id=line.line.seller_id,
        quantity=line.quantity,
        price_minor=line.price_minor,
        shipping_minor=line.shipping_minor,
        commission_minor=line.commission_minor,
        commission_vat_minor=line.commission_vat_minor,
    )


def by_amount(lines: Sequence[OpenLine], amount_minor: int) -> list[RefundLine]:
    """Money without goods, spread over what is left of the lines."""
    left = [line.gross_minor for line in lines]
    within_limits(amount_minor)
    if not sum(left):
        raise NothingToRefund
    if amount_minor > sum(left):
        raise RefundExceedsCaptured(
            f"{sum(left)} left, {amount_minor} asked for.", field="amount.amount_minor"
        )
    shares = split_by_largest_remainder(amount_minor, left)
    return [_money(line, share) for line, share in zip(lines, shares, strict=True) if share]


def _money(line: OpenLine, share: int) -> RefundLine:
    if share == line.gross_minor:
        return whole(line)
    price = share_half_up(line.price_minor, share, line.gross_minor)
    return RefundLine(
        line_id=line.line.line_id,
        seller_id=line.line.seller_id,
        quantity=0,
        price_minor=price,
        shipping_minor=share - price,
        commission_minor=share_half_up(line.commission_minor, share, line.gross_minor),
        commission_vat_minor=share_half_up(line.commission_vat_minor, share, line.gross_minor),
    )


def everything(
    order: Order, escrows: Mapping[str, Escrow], of_seller: str | None = None
) -> list[RefundLine]:
    """All that is left of every line; of an order not paid in full, what is held for it."""
    refunds: list[RefundLine] = []
    for seller_id in order.parts if of_seller is None else [of_seller]:
        lines = [line for line in order.lines_of(seller_id) if line.gross_minor or line.quantity]
        unfunded = order.due_minor(seller_id) - escrows[seller_id].funded_minor
        gross = sum(line.gross_minor for line in lines)
        if unfunded <= 0:
            refunds += [whole(line) for line in lines]
        elif gross > unfunded:
            refunds += by_amount(lines, gross - unfunded)
    return refunds


def gross_minor(lines: Sequence[RefundLine]) -> int:
    return sum(line.price_minor + line.shipping_minor for line in lines)


def legs(order: Order, amount_minor: int, first: str | None = None) -> list[RefundLeg]:
    """Spread a refund over the captured payments: the one named, then the earliest first."""
    left = sum(charge.left_minor for charge in order.charges)
    if amount_minor > left:
        raise RefundExceedsCaptured(
            f"{left} left of what was captured.", field="amount.amount_minor"
        )
    made: list[RefundLeg] = []
    for charge in sorted(order.charges, key=lambda one: one.payment_id != first):
        part = min(amount_minor, charge.left_minor)
        amount_minor -= part
        if part:
            made.append(
                RefundLeg(
                    payment_id=charge.payment_id,
                    provider=charge.provider,
                    charge_reference=charge.reference,
                    amount_minor=part,
                )
            )
    return made
