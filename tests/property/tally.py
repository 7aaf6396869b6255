"""What the log says, added up without the write model's states."""

from collections import Counter

import msgspec

from eventstore.events.base import Event
from eventstore.events.refund import RefundLegSettledOtherwise
from eventstore.postings import postings
from eventstore.values import Money

CURRENCY = "EUR"


class Tally:
    """What the log says, added up without the write model's states."""

    def __init__(self) -> None:
        self.balances: Counter[tuple[str, str]] = Counter()
        self.amounts: Counter[tuple[str, ...]] = Counter()
        self.counts: Counter[tuple[str, ...]] = Counter()

    def see(self, event: Event) -> None:
        for posting in postings(event):
            self.balances[posting.account, posting.currency] += posting.amount_minor
        kind = type(event).__name__
        ids = [
            getattr(event, name)
            for name in ("order_id", "seller_id", "listing_id")
            if hasattr(event, name)
        ]
        if isinstance(event, RefundLegSettledOtherwise):
            self.amounts[f"{kind}.{event.way}",] += event.amount.amount_minor
        keys = {(kind,), (kind, *ids), (kind, *ids[:1]), (kind, *ids[-1:])}
        amount = getattr(event, "amount", None)
        for key in keys:
            self.counts[key] += 1
            if isinstance(amount, Money):
                self.amounts[key] += amount.amount_minor
        for field in msgspec.structs.fields(event):
            value = getattr(event, field.name)
            if isinstance(value, int):
                for _, *rest in keys:
                    self.amounts[f"{kind}.{field.name}", *rest] += value

    def balance(self, account: str) -> int:
        return self.balances[account, CURRENCY]

    def group(self, group: str) -> int:
        return sum(
            amount
            for (account, _), amount in self.balances.items()
            if account.partition(":")[0] == group
        )
