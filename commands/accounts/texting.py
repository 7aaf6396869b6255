"""What text messages may cost: a budget a number, an origin, a country and a day, and in money.

It is asked before there is anything to send, the same for a number that is somebody's and for one
that is not.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from commands.accounts.refusals import PhoneInvalid, PhonesAreOff, TextsAreSpent
from commands.records.record import Connection
from commands.records.texts import queries as texts
from commands.records.texts.queries import Share

type Scope = Literal["number", "address", "country", "money"]

# What an account asks for itself, codes and news together.
OWN_TIMES = 3

log = logging.getLogger(__name__)


class Budgets(msgspec.Struct, frozen=True, kw_only=True):
    """Messages a day; `money_minor` is what all of a day may cost at `price_minor` each, in what
    the provider is paid in. `countries` are ISO codes.
    """

    countries: frozenset[str] = frozenset()
    per_number: int = 5
    per_address: int = 20
    per_country: int = 1_000
    money_minor: int = 500_000
    price_minor: int = 500


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One message: the number's keyed hash and country, and a hash of where it is asked from.

    `own`: its account has asked for it, by a password or in a session; what strangers ask for
    leaves that share alone.
    """

    number: str
    country: str
    address: str
    own: bool = False


def _whose(asked: Asked) -> str:
    return f"{asked.number}/own" if asked.own else asked.number


class Texting:
    """`by` names who carries text messages, "" if nobody does."""

    def __init__(self, by: str = "", budgets: Budgets | None = None) -> None:
        self.by = by
        self._budgets = budgets or Budgets()
        self.refused: Counter[Scope] = Counter()

    def must_take(self, country: str) -> None:
        """Raises `PhonesAreOff`, or `PhoneInvalid` for a number elsewhere."""
        if not self.by:
            raise PhonesAreOff
        if country not in self._budgets.countries:
            known = ", ".join(sorted(self._budgets.countries))
            raise PhoneInvalid(f"Messages go to numbers of {known} only.", field="phone")

    async def spend(self, connection: Connection, asked: Asked, now: datetime) -> None:
        """In the caller's transaction. Raises `TextsAreSpent`, which is to undo it."""
        most = self._budgets
        shares = [
            Share("number", _whose(asked), 1, most.per_number * (OWN_TIMES if asked.own else 1)),
            Share("address", asked.address, 1, most.per_address),
            Share("country", asked.country, 1, most.per_country),
            Share("money", "", most.price_minor, most.money_minor),
        ]
        spent: Scope | None = await texts.spend(connection, shares, now)  # type: ignore[assignment]
        if spent is None:
            return
        self.refused[spent] += 1
        if spent in {"country", "money"}:
            # What one caller cannot reach alone: somebody has to look.
            log.error("the day's budget of text messages is spent: %s", spent)
        tomorrow = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo) + timedelta(days=1)
        raise TextsAreSpent(after_s=int((tomorrow - now).total_seconds()) + 1)

    def gauges(self) -> dict[str, float]:
        return {
            f"texts_refused_{scope}": float(self.refused[scope])
            for scope in ("number", "address", "country", "money")
        }
