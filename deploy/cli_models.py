"""What the commands about read models share: connections, models by name, progress."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import psycopg
from psycopg import AsyncConnection

from deploy.cli_common import Failed, settings
from projections.checkpoints import Connection, NoCheckpoint
from projections.control import UnknownModel
from projections.model import Model
from projections.rebuilding.build import NotRebuilt
from projections.rebuilding.rebuild import AlreadyRebuilding
from projections.rebuilding.verify import OtherVersion
from projections.running.parking import NothingParked
from projections.stores.models import models

SHOW_EVERY_S = 2.0
FAILURES = (
    *(UnknownModel, NothingParked, AlreadyRebuilding, OtherVersion, NotRebuilt, NoCheckpoint),
    TimeoutError,
)


def nested() -> argparse.ArgumentParser:
    """`--data` for actions of actions: what was given before is not overwritten."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR")
    return made


def connected[T](data: Path, work: Callable[[str, Connection], Awaitable[T]]) -> T:
    async def work_connected() -> T:
        dsn = settings(data).database_url
        async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
            return await work(dsn, connection)

    try:
        return asyncio.run(work_connected())
    except psycopg.OperationalError as error:
        raise Failed(f"The database does not answer: {error}") from error
    except FAILURES as error:
        raise Failed(str(error)) from error


def models_named(data: Path, name: str) -> list[Model]:
    known = settings(data)
    by_store = models(known.clickhouse_url, known.meilisearch_url, known.meilisearch_key)
    return [model for fed in by_store.values() for model in fed if name in {"all", model.name}]


def print_json(value: object) -> None:
    print(msgspec.json.encode(value).decode())


class Shown:
    """Progress on standard error: in place on a terminal, a line now and then elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.monotonic()
        self._first: int | None = None
        self._next = self._started + SHOW_EVERY_S

    def __call__(self, position: int, upto: int) -> None:
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if self._first is None:
            self._first = position
        if not terminal and now < self._next:
            return
        self._next = now + SHOW_EVERY_S
        rate = (position - self._first) / max(now - self._started, 1e-6)
        left = f", {(upto - position) / rate:.0f} s left" if rate > 0 else ""
        share = 100 * position // max(upto, 1)
        line = f"  {self._name}: {position:,}/{upto:,} ({share} %), {rate:,.0f} events/s{left}"
        print(
            f"\r{line}\033[K" if terminal else line, end="" if terminal else "\n", file=sys.stderr
        )

    def done(self) -> float:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        return round(time.monotonic() - self._started, 2)
