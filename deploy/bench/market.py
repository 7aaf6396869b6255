"""A marketplace in stock and one write process; loads run against it and its floor."""

import itertools
import secrets
from typing import Any

import psycopg

from deploy.bench.ground import Ground
from deploy.bench.load import Loaded, Plan
from deploy.bench.measure import Sample
from deploy.bench.result import Options, Say
from deploy.bench.scenarios import Asked
from deploy.bench.shop import HOT, request, seed_shop, send_all
from deploy.bench.stretch import measured

RESERVED = (
    "SELECT count(*) FROM stored_events"  # noqa: S608 - a constant of ours
    f" WHERE originator_id = 'stock-{HOT}' AND topic = 'stock.reserved.v1'"
)


class Market:
    """Sellers, listings in stock and quotes; loads run against any of the ports."""

    def __init__(self, ground: Ground, options: Options, say: Say) -> None:
        self.ground = ground
        self.options = options
        self.port = ground.settings.write_port
        self._runs = itertools.count(1)
        self._mark = secrets.token_hex(3)
        self.token = ground.token()
        self.tokens: list[str] = []
        took = seed_shop(self.port, self.token, options.seed)
        say(f"  sellers, listings, stock and quotes in {took:.1f} s")

    def load(self, scenario: str, process: str, *ports: int) -> Sample:
        """A stretch of a scenario against `ports`; CPU of `process` and PostgreSQL."""
        return self.loaded(scenario, process, *ports)[0]

    def plan(self, scenario: str, *ports: int, **given: Any) -> Plan:
        """A stretch of a scenario with ids of its own."""
        asked = Asked(
            scenario=scenario,
            run=f"{self._mark}{next(self._runs)}",
            token=self.token,
            tokens=self.tokens,
            seed=self.options.seed,
        )
        made: dict[str, Any] = {
            "ports": list(ports or [self.port]),
            "asked": asked,
            "seconds": self.options.seconds,
        }
        return Plan(**{**made, **given})

    def let_in(self, many: int) -> None:
        """From now on so many buyers ask, each with a token that a session gave."""
        self.tokens = [self.ground.buyers_token(number) for number in range(many)]

    def loaded(self, scenario: str, process: str, *ports: int) -> tuple[Sample, Loaded]:
        return measured(self.ground, self.plan(scenario, *ports), process, "postgres")

    def sql(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.ground.settings.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def receive_hot(self, quantity: int) -> None:
        """More units of the one listing that everybody wants."""
        key = f"hot-{secrets.token_hex(4)}"
        path = f"/v1/listings/{HOT}/stock"
        send_all(self.port, [(request("POST", path, self.token, key, {"quantity": quantity}),)])

    def hot_reserved(self) -> int:
        """Units of it that orders hold, from the log."""
        return int(str(self.sql(RESERVED)[0][0]))
