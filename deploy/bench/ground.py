"""A stack of its own for one benchmark: only the parts it measures, ended and removed with it."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self

from deploy.bench.environment import durability
from deploy.bench.measure import Usage
from deploy.embedded.part import Part
from deploy.embedded.ports import HOST, pick
from deploy.embedded.probes import http_ok
from deploy.http.tokens import issue
from deploy.settings import Settings
from deploy.stack import Stack

LONG_S = str(30 * 86_400)
TERMS = {
    "MARKET_QUOTE_VALIDITY_S": LONG_S,
    "MARKET_PAYMENT_WINDOW_S": LONG_S,
    "MARKET_PAYOUT_INTERVAL_S": LONG_S,
}


class Ground:
    """`with Ground({"postgres", "write"}) as ground:` ... the parts run as in production."""

    durability: ClassVar[dict[str, str]] = {}

    def __init__(
        self, only: Collection[str] | None, settings: Mapping[str, str] | None = None
    ) -> None:
        # Below /tmp, where PostgreSQL's unprivileged user can go when this runs as root.
        self.data = Path(tempfile.mkdtemp(prefix="market-bench-", dir="/tmp"))
        self.data.chmod(0o755)
        self._only = only
        self._lines: list[str] = []
        self.port = pick(None, set())
        self._ports = {self.port}
        self._stack = Stack(self.data, self.port, {**TERMS, **(settings or {})}, self._lines.append)

    def __enter__(self) -> Self:
        try:
            self._stack.lock()
            asyncio.run(self._stack.start(self._only))
            Ground.durability = durability(self.settings.database_url)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        asyncio.run(self._stack.stop())
        shutil.rmtree(self.data, ignore_errors=True)

    @property
    def settings(self) -> Settings:
        return self._stack.settings

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self._stack.environment

    def token(self, role: str = "operator", subject: str = "bench") -> str:
        key = self.settings.private_key_file.read_text()
        return issue(key, role, subject, datetime.now(UTC), 86_400)

    def buyers_token(self, number: int) -> str:
        """As a session gives it."""
        key = self.settings.private_key_file.read_text()
        buyer, session = f"~buyer-{number:05}", f"~session-{number:05}"
        more = {"aud": "market:buyer", "acc": buyer, "sid": session}
        return issue(key, "buyer", buyer, datetime.now(UTC), 86_400, **more)

    def pids(self, *names: str) -> dict[str, int]:
        running = self._stack.supervisor.running
        return {name: running[name].process.pid for name in names}

    def usage(self, *names: str) -> Usage:
        return Usage(self.pids(*names))

    def start(self, name: str, command: list[str], ready: str, **environment: str) -> int:
        """Start a further server on a port of its own, which `MARKET_..._PORT` may name."""
        port = pick(None, self._ports)
        self._ports.add(port)
        filled = {key: value.format(port=port) for key, value in environment.items()}
        part = Part(
            name=name,
            command=[sys.executable, "-m", *(word.format(port=port) for word in command)],
            ready=http_ok(port, ready),
            environment={**self._stack.environment, **filled},
        )
        asyncio.run(self._stack.supervisor.start([part]))
        return port


__all__ = ["HOST", "Ground"]
