"""What happens to the money of a refund that is approved: from escrow first, then from sellers."""

from collections.abc import Mapping

import msgspec

from commands.streams.escrow.decider import Commission, Part, give_back
from commands.streams.escrow.state import Escrow
from commands.streams.order.evolve import evolve as evolve_order
from commands.streams.order.fulfilment import complete_part, to_ship
from commands.streams.order.placement import reserved
from commands.streams.order.state import Order, OrderState
from commands.streams.order.state import known as known_order
from commands.streams.payment.state import MANUAL
from commands.streams.refund import lines as refund_lines
from commands.streams.refund.settlement import settle, settled_whole
from commands.streams.refund.state import Refund, evolve, known
from commands.streams.seller_account.decider import debit_refund
from commands.streams.seller_account.state import SellerAccount
from commands.streams.stock.decider import let_go
from commands.streams.stock.state import Stock
from eventstore.events.base import Event
from eventstore.events.order import (
    PaymentDifferenceReversed,
    RefundReservationUsed,
    SellerPartEmptied,
)
from eventstore.events.refund import RefundApproved


class Books(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a refund is decided on besides its own stream; maps by seller and by listing."""

    order: OrderState
    escrows: Mapping[str, Escrow]
    accounts: Mapping[str, SellerAccount]
    stocks: Mapping[str, Stock]


def move_funds(refund: Refund, books: Books) -> list[Event]:
    """Approve: what the refund has set aside leaves escrow, or the sellers' accounts."""
    order = known_order(books.order)
    events: list[Event] = [
        RefundApproved(
            refund_id=refund.refund_id,
            order_id=refund.order_id,
            amount=refund.amount,
            legs=refund.legs,
        )
    ]
    used = RefundReservationUsed(order_id=order.order_id, refund_id=refund.refund_id)
    events.append(used)
    order = known_order(evolve_order(order, used))
    for seller_id in refund.sellers:
        taken = _take_from_part(refund, seller_id, order, books)
        events += taken
        for event in taken:
            if event.stream == used.stream:
                order = known_order(evolve_order(order, event))
    if refund.difference_minor:
        events.append(
            PaymentDifferenceReversed(
                order_id=order.order_id,
                refund_id=refund.refund_id,
                amount=refund.amount.of(refund.difference_minor),
            )
        )
    manual = [leg for leg in refund.legs if leg.provider == MANUAL]
    for leg in manual:
        settled, done = settle(refund, leg.payment_id, f"manual:{refund.refund_id}")
        events += done
        refund = known(evolve(refund, settled))
    if not refund.legs:
        events.append(settled_whole(refund))
    return events


def _take_from_part(refund: Refund, seller_id: str, order: Order, books: Books) -> list[Event]:
    """Refund + escrow or seller debt, one commit: first what is held, then what was released."""
    escrow = books.escrows[seller_id]
    lines = [line for line in refund.lines if line.seller_id == seller_id]
    gross = refund.amount.of(refund_lines.gross_minor(lines))
    refunded = Commission(
        sum(line.commission_minor for line in lines),
        sum(line.commission_vat_minor for line in lines),
    )
    part, left = Part(order.order_id, seller_id), order.commission(seller_id)
    given = give_back(part, refund.refund_id, gross, refunded, left, escrow)
    commission, vat = given.commission.minor, given.commission.vat_minor
    events = given.events
    if given.from_seller.amount_minor or commission or vat:
        events.append(
            debit_refund(
                seller_id=seller_id,
                order_id=order.order_id,
                refund_id=refund.refund_id,
                amount=given.from_seller,
                commission_reversed_minor=commission,
                vat_reversed_minor=vat,
                account=books.accounts[seller_id],
            )
        )
    if order.status not in {"paid", "awaiting_payment"}:
        return events
    gone = not any(line.gross_minor for line in order.lines_of(seller_id)) and not order.undecided(
        seller_id
    )
    unsent = order.parts[seller_id] in {"placed", "emptied"} and not to_ship(order, seller_id)
    if (gone or unsent) and escrow.held_minor == given.from_escrow_minor:
        return events + _end_part(order, seller_id, books.stocks)
    return events + _empty_part(order, seller_id, books.stocks)


def _end_part(order: Order, seller_id: str, stocks: Mapping[str, Stock]) -> list[Event]:
    if order.parts[seller_id] in {"completed", "cancelled"}:
        return []
    return [*complete_part(order, seller_id), *_free(order, seller_id, stocks)]


def _empty_part(order: Order, seller_id: str, stocks: Mapping[str, Stock]) -> list[Event]:
    """Nothing is left to hand over, though money is still held: the stock is for sale again."""
    if order.parts[seller_id] != "placed" or to_ship(order, seller_id):
        return []
    emptied = SellerPartEmptied(order_id=order.order_id, seller_id=seller_id)
    return [emptied, *_free(order, seller_id, stocks)]


def _free(order: Order, seller_id: str, stocks: Mapping[str, Stock]) -> list[Event]:
    return [
        let_go(listing_id, order.order_id, quantity, stocks[listing_id])
        for listing_id, quantity in reserved(order, seller_id).items()
    ]
