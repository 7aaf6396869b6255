"""Placing and cancelling orders. Stock is reserved in the same commit as the order."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from commands.command import Policy
from commands.refusals import AmountTooLarge, ForeignCurrency, NotYours
from commands.streams.listing.state import Listing, offered
from commands.streams.order.messages import CancelOrder, LineRequest, PlaceOrder
from commands.streams.order.refusals import (
    OrderAlreadyPaid,
    OrderAlreadyShipped,
    OrderExists,
    OrderIsCancelled,
    OrderIsCompleted,
    PaymentNotDueYet,
)
from commands.streams.order.state import NoOrder, Order, OrderState, known
from commands.streams.seller.state import Registered, Seller, selling, verified
from commands.streams.shipping_quote.refusals import QuoteForAnotherBasket
from commands.streams.shipping_quote.state import Quote, valid
from commands.streams.stock.decider import let_go, reserve
from commands.streams.stock.state import Stock
from eventstore.events.base import Event
from eventstore.events.order import (
    CommissionTerms,
    OrderCancelled,
    OrderCompleted,
    OrderLine,
    OrderPlaced,
    SellerPartCancelled,
)
from eventstore.events.shipping_quote import QuoteLine, ShippingQuoteIssued
from eventstore.values import AMOUNT_MINOR_MAX, Money, rate_half_up


class Market(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a placement is decided on besides the order's own stream."""

    quote: Quote
    listings: Sequence[Listing]
    sellers: Mapping[str, Seller]
    stocks: Mapping[str, Stock]
    policy: Policy


def place(command: PlaceOrder, order: OrderState, market: Market) -> list[Event]:
    if not command.by.may_act_for_buyer(command.buyer_id):
        raise NotYours("An order is placed for oneself.", field="buyer_id")
    if not isinstance(order, NoOrder):
        raise OrderExists(field="order_id")
    quote = valid(market.quote, command.now)
    _same_basket(command.lines, quote)
    lines = tuple(
        _line(index, request, quoted, listing, quote.currency, market)
        for index, (request, quoted, listing) in enumerate(
            zip(command.lines, quote.lines, market.listings, strict=True)
        )
    )
    total = sum(line.unit_price_minor * line.quantity + line.shipping_minor for line in lines)
    if total > AMOUNT_MINOR_MAX:
        raise AmountTooLarge("The order's total is too large.", field="lines")
    placed = OrderPlaced(
        order_id=command.order_id,
        buyer_id=command.buyer_id,
        lines=lines,
        total=Money(total, quote.currency),
        quote_id=command.shipping_quote_id,
        payment_due_at=command.clock + timedelta(seconds=market.policy.payment_window_s),
    )
    return [placed, *_reservations(command, market)]


def _same_basket(lines: Sequence[LineRequest], quote: ShippingQuoteIssued) -> None:
    asked = [(line.listing_id, line.quantity) for line in lines]
    quoted = [(line.listing_id, line.quantity) for line in quote.lines]
    if asked != quoted:
        raise QuoteForAnotherBasket(field="shipping_quote_id")


def _line(
    index: int,
    request: LineRequest,
    quoted: QuoteLine,
    listing: Listing,
    currency: str,
    market: Market,
) -> OrderLine:
    field = f"lines[{index}].listing_id"
    offer = offered(listing, field)
    seller = verified(selling(market.sellers[offer.seller_id], field), market.policy, field)
    if offer.price.currency != currency:
        raise ForeignCurrency(f"The shipping quote is in {currency}.", field=field)
    terms = _terms(seller, market.policy)
    price_minor = offer.price.amount_minor * request.quantity
    commission = rate_half_up(price_minor, terms.rate_bps)
    vat = rate_half_up(commission, terms.vat_rate_bps)
    return OrderLine(
        line_id=index + 1,
        listing_id=request.listing_id,
        seller_id=offer.seller_id,
        title=offer.title,
        category=offer.category,
        quantity=request.quantity,
        unit_price_minor=offer.price.amount_minor,
        shipping_minor=quoted.shipping_minor,
        commission_minor=commission,
        # What the line brings is all that can be taken of it: the VAT gives way.
        commission_vat_minor=min(vat, price_minor + quoted.shipping_minor - commission),
        commission=terms,
    )


def _terms(seller: Registered, policy: Policy) -> CommissionTerms:
    own = seller.commission_rate_bps
    return CommissionTerms(
        rule="marketplace" if own is None else "seller",
        rate_bps=policy.commission_rate_bps if own is None else own,
        vat_rate_bps=policy.commission_vat_rate_bps,
    )


def _reservations(command: PlaceOrder, market: Market) -> list[Event]:
    quantities: dict[str, int] = {}
    first_line: dict[str, int] = {}
    for index, line in enumerate(command.lines):
        quantities[line.listing_id] = quantities.get(line.listing_id, 0) + line.quantity
        first_line.setdefault(line.listing_id, index)
    return [
        reserve(
            listing_id,
            command.order_id,
            quantity,
            market.stocks[listing_id],
            f"lines[{first_line[listing_id]}].quantity",
        )
        for listing_id, quantity in quantities.items()
    ]


def cancel(command: CancelOrder, order: OrderState, stocks: Mapping[str, Stock]) -> list[Event]:
    """The promise to the buyer and the promise of stock end in one commit."""
    order = owned_by_buyer(order, command)
    if order.status == "cancelled":
        raise OrderIsCancelled("The order is cancelled already.", field="order_id")
    if command.only_unpaid:
        _unpaid_in_time(command, order)
    if order.shipped and order.short and command.only_unpaid:
        return [*_cancel_parts(command, order), *_free(order, stocks)]
    if order.shipped:
        raise OrderAlreadyShipped(field="order_id")
    if order.status == "completed":
        raise OrderIsCompleted(field="order_id")
    cancelled = OrderCancelled(order_id=order.order_id, reason=command.reason)
    return [cancelled, *_free(order, stocks)]


def _unpaid_in_time(command: CancelOrder, order: Order) -> None:
    if order.status != "awaiting_payment" and not order.short:
        raise OrderAlreadyPaid(field="order_id")
    if command.now < order.payment_due_at:
        raise PaymentNotDueYet(field="order_id")


def _cancel_parts(command: CancelOrder, order: Order) -> list[Event]:
    waiting = [seller_id for seller_id, status in order.parts.items() if status == "placed"]
    ended: list[Event] = [
        SellerPartCancelled(order_id=order.order_id, seller_id=seller_id, reason=command.reason)
        for seller_id in waiting
    ]
    goes_on = any(
        status not in {"placed", "completed", "cancelled"} for status in order.parts.values()
    )
    return ended if goes_on else [*ended, OrderCompleted(order_id=order.order_id)]


def _free(order: Order, stocks: Mapping[str, Stock]) -> list[Event]:
    return [
        let_go(listing_id, order.order_id, quantity, stocks[listing_id])
        for listing_id, quantity in reserved(order).items()
    ]


def reserved(order: OrderState, seller_id: str | None = None) -> dict[str, int]:
    """Units per listing that the order still has reserved, for one seller or for all.

    A parcel's units stay reserved as placed until it is handed over or its part is done.
    """
    quantities: dict[str, int] = {}
    existing = known(order)
    for line in existing.lines:
        owner = line.line.seller_id
        if existing.parts[owner] == "placed" and seller_id in {None, owner}:
            listing_id = line.line.listing_id
            quantities[listing_id] = quantities.get(listing_id, 0) + line.line.quantity
    return quantities


def owned_by_buyer(order: OrderState, command: CancelOrder) -> Order:
    existing = known(order)
    if not command.by.may_act_for_buyer(existing.buyer_id):
        raise NotYours("The order belongs to another buyer.", field="order_id")
    return existing
