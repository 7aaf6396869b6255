"""Passwords: bcrypt in a few processes of low priority, with an end to how many may wait.

Hashing is slow on purpose: ten people who try passwords fill both cores. So it has processes of
its own, that yield to all others, and beyond a bounded queue whoever signs in is told to come
again; nobody else notices.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

import bcrypt
import msgspec

from commands.records.passwords.strength import weakness

COST = 12
QUEUE_MAX = 32


class Busy(Exception):
    """More passwords wait to be hashed than can be in a moment."""


class Checked(msgspec.Struct, frozen=True):
    """`outdated`: hash it anew, now that it is known, since the cost or the pepper has changed."""

    matches: bool
    outdated: bool = False


def prepared(password: str, pepper: bytes) -> bytes:
    """What is hashed: neither bcrypt's 72 bytes nor a NUL matter, and no hash tells without pepper.

    Exactly as typed, but for letters that may be encoded in several ways (NFKC).
    """
    text = unicodedata.normalize("NFKC", password).encode()
    return base64.b64encode(hmac.digest(pepper, text, hashlib.sha256))


def _hash(password: bytes, cost: int) -> bytes:
    return bcrypt.hashpw(password, bcrypt.gensalt(cost))


class Passwords:
    """`workers` processes, started when the first password comes; each calls `begin` first, which
    lowers its priority.
    """

    def __init__(
        self,
        pepper: bytes,
        *,
        workers: int,
        begin: Callable[[], None],
        cost: int = COST,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        self._pepper = pepper
        self._workers = workers
        self._begin = begin
        self._cost = cost
        self._queue_max = queue_max
        self._waiting = 0
        self._pool: ProcessPoolExecutor | None = None
        self._nobody_s: Any = None

    @property
    def waiting(self) -> int:
        return self._waiting

    async def hash(self, password: str) -> str:
        """Raises `Busy`."""
        made: bytes = await self._run(_hash, prepared(password, self._pepper), self._cost)
        return made.decode()

    async def check(self, password: str, hashed: str | None) -> Checked:
        """Takes the same time whether there is a hash or not. Raises `Busy`."""
        # Made before the first check of either kind: else the first of one would tell itself.
        nobody_s = await self._nobody()
        kept = nobody_s if hashed is None else hashed.encode()
        matches: bool = await self._run(bcrypt.checkpw, prepared(password, self._pepper), kept)
        if hashed is None:
            return Checked(matches=False)
        return Checked(matches, matches and _cost_of(hashed) != self._cost)

    async def weakness(self, password: str, words: Sequence[str] = ()) -> str | None:
        """Why it will not do, None if it does; `words` are the person's own. Raises `Busy`."""
        found: str | None = await self._run(weakness, password, tuple(words))
        return found

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    async def _nobody(self) -> bytes:
        """A hash of nobody's password."""
        if self._nobody_s is None:
            self._nobody_s = await self._run(_hash, secrets.token_hex(16).encode(), self._cost)
        made: bytes = self._nobody_s
        return made

    async def _run(self, work: Callable[..., Any], *args: Any) -> Any:
        if self._waiting >= self._queue_max:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._started(), work, *args)
        except BrokenProcessPool as error:
            # A process was killed: the others of its pool are gone with it.
            self.close()
            raise Busy from error
        finally:
            self._waiting -= 1

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not forked: nothing of ours, no connection and no secret, is in a worker's memory.
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=self._begin
            )
        return self._pool


def _cost_of(hashed: str) -> int:
    return int(hashed.split("$")[2])
