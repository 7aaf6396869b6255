"""Whole histories to their end: the books agree with the provider, and nothing is left over.

By hand, over as many histories as wanted:
    python -m tests.property.test_quiescence --histories 20000 --first 0
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from commands.streams.order.state import Order
from eventstore.events.payment import PaymentCaptured
from eventstore.events.payout import PayoutSettled
from eventstore.events.refund import RefundLegSettled, RefundLegSettledOtherwise
from eventstore.registry import REGISTRY
from tests.property.people import People, opened
from tests.property.simulation import Simulation

HISTORIES = 500
GROUPS = 10
STEPS_MIN, STEPS_MORE = 20, 80
# What no history of this market can bring about, and what few do (see tests/unit/payment/test_reversal.py).
UNHEARD_OF = {
    *("ProviderReported", "SellerSuspended", "SellerBlocked", "SellerUnblocked"),
    *("SellerVerified", "SellerUnverified"),
    *("ListingRepriced", "ListingRetired"),
}
RARE = {"LossRecovered"}
# People are who plays; whose accounts they are is played elsewhere.
OF_PERSONS = {
    *("account", "contact", "session", "notice", "restriction", "membership", "attempt"),
    *("identity", "api_key", "seller_verification"),
}


def played(seed: int) -> People:
    """One history from the first seller until nothing moves any more."""
    people = opened(seed)
    for _ in range(STEPS_MIN + seed % STEPS_MORE):
        people.act()
    people.finish()
    return people


def breaches(market: Simulation) -> Iterator[str]:
    yield from _books(market)
    for order in market.orders():
        yield from _order(market, order)
    for (kind, key), owed in market.owed.items():
        if owed.done_at is None:
            yield f"the {kind} {key} was never done"
    if market.inbox:
        yield f"{len(market.inbox)} deliveries are about no call of ours"
    for refund in market.refunds():
        if refund.status not in {"settled", "rejected"}:
            yield f"the refund {refund.refund_id} ends {refund.status}"


def _books(market: Simulation) -> Iterator[str]:
    truth = market.provider.net_minor + _by_hand(market)
    if -market.balances["psp_clearing"] != truth:
        yield f"psp_clearing is {market.balances['psp_clearing']}, the provider has {truth}"
    for account, balance in market.balances.items():
        group = account.partition(":")[0]
        if group in {"refund_clearing", "payout_clearing", "escrow", "seller_payable"} and balance:
            yield f"{account} ends with {balance}"


def _by_hand(market: Simulation) -> int:
    """What came and went without a provider."""
    total = 0
    for recorded in market.log:
        match recorded.event:
            case PaymentCaptured(charge_reference=reference, amount=amount):
                total += amount.amount_minor if reference.startswith("manual:") else 0
            case (
                RefundLegSettled(provider_reference=reference, amount=amount)
                | PayoutSettled(provider_reference=reference, amount=amount)
            ):
                total -= amount.amount_minor if reference.startswith("manual:") else 0
            case RefundLegSettledOtherwise(way="paid_outside", amount=amount):
                total -= amount.amount_minor
            case _:
                pass
    return total


def _order(market: Simulation, order: Order) -> Iterator[str]:
    name = order.order_id
    if order.status not in {"completed", "cancelled"}:
        yield f"{name} ends {order.status}, its parts {order.parts}"
    if order.open_payments or order.open_refunds:
        yield f"{name} still waits for {order.open_payments} {order.open_refunds}"
    left = sum(charge.left_minor for charge in order.charges)
    if order.status == "cancelled" and left:
        yield f"{name} is cancelled and keeps {left}"
    if order.difference_minor > 0:
        yield f"{name} keeps {order.difference_minor} too much"
    for line in order.lines:
        stock = market.world.state(f"stock-{line.line.listing_id}")
        if stock.reserved:
            yield f"{stock.reserved} of {line.line.listing_id} stay reserved"
    funded = sum(
        market.world.state(f"escrow-{name}/{seller_id}").funded_minor for seller_id in order.parts
    )
    returned = sum(
        refund.difference_minor
        for refund in market.refunds()
        if refund.order_id == name and refund.status != "rejected"
    )
    if order.captured_minor != funded + order.difference_minor + returned:
        yield f"{name} captured {order.captured_minor}, its parts have {funded}"


def _check(seed: int) -> Counter[str]:
    market = played(seed).market
    found = list(breaches(market))
    assert not found, "\n".join([f"history {seed}", *found, *market.trace])
    return Counter(type(recorded.event).__name__ for recorded in market.log)


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_history_ends_with_nothing_left_over(group: int) -> None:
    for seed in range(group, HISTORIES, GROUPS):
        _check(seed)


def test_the_histories_bring_about_every_fact() -> None:
    seen: Counter[str] = Counter()
    for seed in range(HISTORIES):
        seen.update(type(recorded.event).__name__ for recorded in played(seed).market.log)
    ours = {
        event.__name__
        for name, event in REGISTRY.items()
        if name.partition(".")[0] not in OF_PERSONS
    }
    assert ours - set(seen) - RARE == UNHEARD_OF


def main() -> int:
    parser = argparse.ArgumentParser(description="Play histories of a market to their end.")
    parser.add_argument("--histories", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    chosen = parser.parse_args()
    started, broken = time.monotonic(), 0
    seen: Counter[str] = Counter()
    for number, seed in enumerate(range(chosen.first, chosen.first + chosen.histories), start=1):
        try:
            seen += _check(seed)
        except AssertionError as breach:
            broken += 1
            print(f"history {seed}: {str(breach)[:2000]}", file=sys.stderr)
        if number % 1000 == 0:
            print(f"{number} histories, {broken} broken, {sum(seen.values())} events", flush=True)
    print(f"{chosen.histories} in {time.monotonic() - started:.0f} s, {broken} broken")
    for name, count in sorted(seen.items()):
        print(f"{count:>9}  {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
