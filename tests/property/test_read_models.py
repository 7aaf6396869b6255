"""Read models against the write model: folded from one random history, they say the same.

`verify` folds the log with the projectors themselves, so it cannot see what a projector gets
wrong. Here the deciders' own states are the other side. A comparison takes the market, whose
states are the truth, and the read models: a new event belongs into the comparison that it moves.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from commands.streams.order.state import Order
from commands.streams.refund.state import Refund
from eventstore.codec import Recorded, name_of
from eventstore.events.base import Event
from eventstore.values import Envelope
from projections.history.fold import STATES
from projections.history.queries import order_in
from projections.models.listing_search.projector import PROJECTOR as LISTING_SEARCH
from projections.models.orders.detail import OrderView
from projections.models.sales.projector import PROJECTOR as SALES
from projections.stores.clickhouse.fold import FactFold
from projections.stores.postgresql.memory import MemoryTables
from tests.given import NOW
from tests.property.market_histories import SETUPS, STEPS
from tests.property.market_machine import Market, Setup, Step
from tests.property.market_operations import play
from tests.property.market_stories import STORIES
from tests.property.simulation import Simulation
from tests.property.tally import Tally
from tests.property.test_quiescence import played

ENVELOPE = Envelope(
    occurred_at=NOW,
    recorded_at=NOW,
    actor="operator:olga",
    command_id="c",
    correlation_id="c",
    causation_id="c",
)
PART_STAGES = {"placed": None, "handed_over": "shipped"}


class ReadModels:
    """What the projectors have made of the events so far."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._position = 0
        self.tables = {model.name: MemoryTables(model.tables) for model in STATES}
        self.sales = FactFold(SALES)
        self.documents: dict[str, dict[str, Any]] = {}

    def see(self, events: Sequence[Event]) -> None:
        """As one batch, as the runner takes them."""
        batch = [self._recorded(event) for event in events]
        for model in STATES:
            self.tables[model.name].apply(model.project(batch))
        self.sales.add(batch)
        for recorded in batch:
            LISTING_SEARCH.change(self.documents, recorded)

    def _recorded(self, event: Event) -> Recorded:
        self._position += 1
        version = self._versions[event.stream] = self._versions.get(event.stream, 0) + 1
        return Recorded(
            position=self._position,
            stream=event.stream,
            version=version,
            name=name_of(event),
            envelope=ENVELOPE,
            event=event,
        )

    def version(self, stream: str) -> int:
        return self._versions[stream]

    def row(self, model: str, table: str, *key: str) -> Mapping[str, Any]:
        return self.tables[model].rows(table)[key]

    def order(self, order_id: str) -> OrderView:
        found = order_in(self.tables, order_id)
        assert found is not None
        return found

    def last_stage(self, subject: str, order_id: str, identity: str = "") -> str | None:
        """As the reports have it: the stage of the highest position."""
        reached = [
            (row["position"], row["stage"])
            for row in self.sales.rows("stages").values()
            if (row["subject"], row["order_id"], row["id"]) == (subject, order_id, identity)
        ]
        return str(max(reached)[1]) if reached else None


type Comparison = Callable[[Market, ReadModels], None]


def orders(market: Market, seen: ReadModels) -> None:
    for order in market.orders():
        row = seen.row("orders", "orders", order.order_id)
        approved = sum(
            refund.amount.amount_minor
            for refund in market.refunds(order.order_id)
            if refund.status not in {"requested", "rejected"}
        )
        assert row["status"] == order.status
        assert row["total_minor"] == order.total_minor
        assert row["captured_minor"] == order.captured_minor
        assert row["difference_minor"] == order.difference_minor
        assert row["refunded_minor"] == approved
        assert row["version"] == seen.version(f"order-{order.order_id}")


def lines(market: Market, seen: ReadModels) -> None:
    for order in market.orders():
        shown = {line.line_id: line for line in seen.order(order.order_id).lines}
        assert len(shown) == len(order.lines)
        for line in order.lines:
            one = shown[line.line.line_id]
            gross = one.unit_price_minor * one.quantity + one.shipping_minor
            assert one.quantity - one.refunded_quantity == line.quantity >= 0, one
            assert gross - one.refunded_minor == line.gross_minor >= 0, one


def parts(market: Market, seen: ReadModels) -> None:
    for order in market.orders():
        for seller_id, status in order.parts.items():
            assert seen.row("orders", "order_parts", order.order_id, seller_id)["status"] == status
            stage = PART_STAGES.get(status, status)
            assert seen.last_stage("part", order.order_id, seller_id) == stage


def escrow(market: Market, seen: ReadModels) -> None:
    rows = seen.tables["escrow"].rows("escrow_balances")
    for order in market.orders():
        for seller_id in order.parts:
            state = market.world.state(f"escrow-{order.order_id}/{seller_id}")
            row = rows.get((order.order_id, seller_id))
            if row is None:
                assert (state.held_minor, state.funded_minor) == (0, 0)
                continue
            left = row["released_minor"] + row["returned_minor"] - row["charged_back_minor"]
            assert row["held_minor"] == state.held_minor
            assert row["funded_minor"] == state.funded_minor == state.held_minor + left


def payments(market: Market, seen: ReadModels) -> None:
    for payment_id in market.ids["payment"]:
        payment = market.world.state(f"payment-{payment_id}")
        row = seen.row("payments", "payments", payment_id)
        assert row["status"] == payment.status
        assert row["amount_minor"] == payment.amount.amount_minor


def refunds(market: Market, seen: ReadModels) -> None:
    for refund in market.refunds():
        row = seen.row("refunds", "refunds", refund.refund_id)
        settled = [leg.amount_minor for leg in refund.legs if leg.payment_id in refund.settled]
        assert row["status"] == refund.status
        assert row["amount_minor"] == refund.amount.amount_minor
        assert row["settled_minor"] == sum(settled)
        assert seen.last_stage("refund", refund.order_id, refund.refund_id) == refund.status


def payouts(market: Market, seen: ReadModels) -> None:
    for payout_id in market.ids["payout"]:
        payout = market.world.state(f"payout-{payout_id}")
        row = seen.row("payouts", "payouts", payout_id)
        assert {"bounced": "failed"}.get(row["status"], row["status"]) == payout.status
        assert row["amount_minor"] == payout.amount.amount_minor


def sellers(market: Market, seen: ReadModels) -> None:
    for seller_id in market.ids["seller"]:
        account = market.world.state(f"seller_account-{seller_id}")
        row = seen.row("sellers", "sellers", seller_id)
        held = sum(
            market.world.state(f"escrow-{order.order_id}/{seller_id}").held_minor
            for order in market.orders()
        )
        known = [market.world.state(f"payout-{payout}") for payout in market.ids["payout"]]
        of_seller = [payout for payout in known if payout.seller_id == seller_id]

        def paid(*statuses: str, payouts: Sequence[Any] = of_seller) -> int:
            return sum(one.amount.amount_minor for one in payouts if one.status in statuses)

        assert row["held_minor"] == held
        assert row["balance_minor"] == account.balance_minor
        assert row["debt_minor"] == account.debt_minor
        assert row["pending_minor"] == paid("requested", "sent")
        assert row["paid_out_minor"] == paid("settled")
        assert row["earned_minor"] == (
            account.balance_minor - account.debt_minor + paid("requested", "sent", "settled")
        )


def stock(market: Market, seen: ReadModels) -> None:
    for listing_id in market.ids["listing"]:
        state = market.world.state(f"stock-{listing_id}")
        row = seen.row("listings", "listings", listing_id)
        assert (row["available"], row["reserved"]) == (state.available, state.reserved)
        document = seen.documents[listing_id]
        assert (document["available"], document["in_stock"]) == (
            state.available,
            state.available > 0,
        )


def books(market: Market, seen: ReadModels) -> None:
    rows = seen.tables["ledger"].rows("balances")
    found = {key: row["balance_minor"] for key, row in rows.items() if row["balance_minor"]}
    assert found == {key: amount for key, amount in market.tally.balances.items() if amount}


COMPARISONS: Sequence[Comparison] = (
    *(orders, lines, parts, escrow, payments, refunds, payouts, sellers, stock, books),
)


@settings(
    max_examples=400,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(setup=SETUPS, steps=STEPS)
def test_read_models_say_what_the_write_model_knows(setup: Setup, steps: list[Step]) -> None:
    _play(setup, steps)


@pytest.mark.parametrize("story", STORIES)
def test_read_models_agree_when(story: str) -> None:
    _play(*STORIES[story])


class Told:
    """A whole history as the comparisons ask about it."""

    def __init__(self, market: Simulation) -> None:
        self.world = market.world
        self._market = market
        self.tally = Tally()
        self.ids: dict[str, list[str]] = {}
        for recorded in market.log:
            self.tally.see(recorded.event)
            category, _, identity = recorded.stream.partition("-")
            known = self.ids.setdefault(category, [])
            if identity not in known:
                known.append(identity)

    def orders(self) -> list[Order]:
        return self._market.orders()

    def refunds(self, order_id: str | None = None) -> list[Refund]:
        return [one for one in self._market.refunds() if order_id in {None, one.order_id}]


@pytest.mark.parametrize("seed", range(40))
def test_read_models_agree_at_the_end_of_whole_histories(seed: int) -> None:
    market = played(seed).market
    told, seen = Told(market), ReadModels()
    for kind in ("payment", "payout"):
        told.ids.setdefault(kind, [])
    seen.see([recorded.event for recorded in market.log])
    for compare in COMPARISONS:
        compare(told, seen)  # type: ignore[arg-type]


def _play(setup: Setup, steps: list[Step]) -> None:
    market, seen, shown = Market(setup), ReadModels(), 0
    for step in steps:
        play(market, step)
        fresh = market.world.history[shown:]
        shown += len(fresh)
        seen.see(fresh)
        if not fresh:
            continue
        for compare in COMPARISONS:
            try:
                compare(market, seen)
            except AssertionError as broken:
                broken.add_note("\n".join(map(str, market.accepted)))
                raise
