"""Random histories of a marketplace: a drawn setup and steps, played through the write model.

A step is an operation's name and a few small numbers. The operation reads its targets and amounts
from the numbers and from what exists by then, so that most steps mean something.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from commands.command import Command, Policy
from commands.stream import States
from commands.streams.escrow.state import Escrow
from commands.streams.listing.messages import CreateListing
from commands.streams.order.state import Order
from commands.streams.refund.state import Refund
from commands.streams.seller.messages import RegisterSeller
from commands.streams.stock.messages import ReceiveStock
from commands.write_model import HANDLERS
from eventstore.errors import Refused
from eventstore.events.base import Event
from eventstore.values import Money
from tests.given import World, at
from tests.property.tally import CURRENCY, Tally


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """Commission rates by seller, and listings as (seller, price, units in stock)."""

    vat_rate_bps: int
    rates_bps: tuple[int | None, ...]
    listings: tuple[tuple[int, int, int], ...]
    tolerance_minor: int = 5
    tolerance_bps: int = 10_000
    bearer: Literal["seller", "marketplace"] = "seller"


class Step(msgspec.Struct, frozen=True):
    operation: str
    numbers: tuple[int, int, int, int, int]


class Market:
    """A world, the ids that exist in it, and the commands that were accepted."""

    def __init__(self, setup: Setup) -> None:
        self.world = World(
            policy=Policy(
                commission_vat_rate_bps=setup.vat_rate_bps,
                payment_tolerance_minor=setup.tolerance_minor,
                payment_tolerance_bps=setup.tolerance_bps,
                chargebacks_borne_by=setup.bearer,
            )
        )
        self.tally = Tally()
        self.accepted: list[Command] = []
        self.fresh: list[Event] = []
        self.ids: dict[str, list[str]] = {
            kind: [] for kind in ("seller", "listing", "order", "payment", "refund", "payout")
        }
        for rate in setup.rates_bps:
            seller_id = self.new("seller")
            self.accept(
                RegisterSeller(
                    seller_id=seller_id,
                    name=seller_id,
                    currency=CURRENCY,
                    commission_rate_bps=rate,
                    payout_destination="acct",
                    **at(),
                )
            )
        for owner, price, units in setup.listings:
            listing_id = self.new("listing")
            self.accept(
                CreateListing(
                    listing_id=listing_id,
                    seller_id=self.pick("seller", owner) or "",
                    title=listing_id,
                    category="things",
                    price=Money(price, CURRENCY),
                    **at(),
                )
            )
            self.accept(ReceiveStock(listing_id=listing_id, quantity=units, **at()))

    def would(self, command: Command) -> Refused | list[Event]:
        """What the write model says to a command, without doing it."""
        try:
            return HANDLERS[type(command)](command, States(self.world.state), self.world.policy)[0]
        except Refused as refusal:
            return refusal

    def order(self, order_id: str) -> Order:
        return self.world.state(f"order-{order_id}")

    def refund(self, refund_id: str) -> Refund:
        return self.world.state(f"refund-{refund_id}")

    def orders(self) -> list[Order]:
        return [self.order(order_id) for order_id in self.ids["order"]]

    def refunds(self, order_id: str | None = None) -> list[Refund]:
        known = [self.refund(refund_id) for refund_id in self.ids["refund"]]
        return [refund for refund in known if order_id in {None, refund.order_id}]

    def escrow(self, order: Order, seller_id: str) -> Escrow:
        return self.world.state(f"escrow-{order.order_id}/{seller_id}")

    def undecided(self, order_id: str) -> bool:
        return any(refund.status == "requested" for refund in self.refunds(order_id))

    def accept(self, command: Command) -> None:
        events = self.world.decide(command)
        self.accepted.append(command)
        for event in events:
            self.tally.see(event)
        for kind, known in self.ids.items():
            made = getattr(command, f"{kind}_id", None)
            if made and made not in known:
                known.append(made)

    def new(self, kind: str) -> str:
        return f"{kind[0] if kind != 'payout' else 'out'}{len(self.ids[kind]) + 1}"

    def pick(self, kind: str, number: int, *statuses: str) -> str | None:
        """An id by number, 0 the oldest: of those in a status that fits, else of all there are."""
        known = self.ids[kind]
        fit = [one for one in known if statuses and self._status(kind, one) in statuses] or known
        return fit[number % len(fit)] if fit else None

    def _status(self, kind: str, one: str) -> str:
        return self.world.state(f"{kind}-{one}").status


type Commands = Iterator[Command]
