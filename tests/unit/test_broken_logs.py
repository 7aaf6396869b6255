"""A log that cannot be: folding stops there, and remembers nothing of it."""

import pytest

from commands.streams.stock.state import Stock
from commands.streams.stock.state import evolve as evolve_stock
from commands.write_model import FOLDS
from eventstore.codec import name_of
from eventstore.events.base import Event, category_of
from eventstore.events.escrow import FundsHeld, FundsReleased
from eventstore.events.seller_account import DebtRepaid, EarningsCredited
from eventstore.events.stock import StockCommitted, StockReleased, StockReserved
from tests.given import FOLD, World
from tests.unit.market import eur
from tests.unit.samples import SAMPLES

FIRST = {
    "seller.registered.v2",
    "listing.created.v1",
    "stock.received.v1",
    "shipping_quote.issued.v1",
    "order.placed.v1",
    "payment.started.v1",
    "escrow.funds_held.v1",
    "refund.requested.v1",
    "payout.requested.v1",
    "seller_account.earnings_credited.v1",
    "provider_report.received.v1",
    "account.registered.v1",
    "contact.claimed.v1",
    "session.started.v1",
    "notice.requested.v1",
    "restriction.imposed.v1",
    "membership.joined.v1",
    "membership.invited.v1",
    "attempt.refused.v1",
    "identity.linked.v1",
    "api_key.issued.v1",
    "seller_verification.submitted.v1",
}
# What only adds to a sum, or changes nothing yet, may come first and may come again.
ADD = {
    "stock.received.v1",
    "escrow.funds_held.v1",
    "seller_account.earnings_credited.v1",
    "membership.invited.v1",
    "seller_verification.submitted.v1",
}
BROKEN = "the log is broken"
OF_PART = {"order_id": "o1", "seller_id": "s1"}


def broken(stream: str, *events: Event) -> None:
    state = FOLD.initial(stream)
    for event in events[:-1]:
        state = FOLD.evolve(state, event)
    with pytest.raises(AssertionError, match=BROKEN):
        FOLD.evolve(state, events[-1])


def _begins(event: Event) -> bool:
    return name_of(event) in FIRST or name_of(event).startswith(("seller_account.", "escrow."))


@pytest.mark.parametrize("event", [one for one in SAMPLES if not _begins(one)], ids=name_of)
def test_no_stream_begins_with_what_must_follow_something(event: Event) -> None:
    broken(event.stream, event)


@pytest.mark.parametrize(
    "event", [one for one in SAMPLES if name_of(one) in FIRST - ADD], ids=name_of
)
def test_no_stream_begins_twice(event: Event) -> None:
    broken(event.stream, event, event)


@pytest.mark.parametrize("event", [one for one in SAMPLES if name_of(one) in FIRST], ids=name_of)
def test_no_stream_holds_what_is_of_another(event: Event) -> None:
    category = category_of(event.stream)
    strangers = [one for one in SAMPLES if category_of(one.stream) != category]
    before = FOLD.evolve(FOLD.initial(event.stream), event)
    for stranger in strangers:
        with pytest.raises(AssertionError, match=BROKEN):
            FOLDS[category].evolve(before, stranger)


@pytest.mark.parametrize("kind", [StockReserved, StockReleased, StockCommitted])
def test_stock_is_never_below_zero(kind: type[StockReserved]) -> None:
    with pytest.raises(AssertionError, match=BROKEN):
        evolve_stock(Stock(2, 2), kind(listing_id="l1", quantity=3, order_id="o1"))


def test_no_more_leaves_escrow_than_is_held_and_all_may() -> None:
    held = FundsHeld(payment_id="p1", amount=eur(5), **OF_PART)
    all_of_it = FundsReleased(amount=eur(5), commission_minor=0, commission_vat_minor=0, **OF_PART)
    assert World([held, all_of_it]).state("escrow-o1/s1").held_minor == 0
    more = FundsReleased(amount=eur(6), commission_minor=0, commission_vat_minor=0, **OF_PART)
    broken("escrow-o1/s1", held, more)


def test_neither_a_balance_nor_a_debt_is_below_zero() -> None:
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=eur(5))
    repaid = DebtRepaid(seller_id="s1", amount=eur(5))
    broken("seller_account-s1", repaid)
    broken("seller_account-s1", earned, repaid)
