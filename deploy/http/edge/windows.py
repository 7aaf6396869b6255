"""How often somebody has asked: sliding windows in Redis, shared by all processes.

A call for each request would cost a fifth of placing an order. Whoever asks while a call is under
way waits for the next, which takes them all.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import msgspec
import redis.asyncio

AT_ONCE = 512
ANSWER_S = 1.0
AWAY_S = 1.0
STRICTER = 10
KEPT_MAX = 10_000

log = logging.getLogger(__name__)


class Limit(msgspec.Struct, frozen=True):
    """`quota` requests in `window_s`. One that is `strict` holds while Redis is away too."""

    name: str
    quota: int
    window_s: int = 60
    strict: bool = False


class Counted(msgspec.Struct, frozen=True):
    """A limit, and the key of who is counted: it names nobody."""

    limit: Limit
    key: str


class Verdict(msgspec.Struct, frozen=True):
    """`limit` is the tightest of those that were asked for."""

    allowed: bool
    limit: Limit
    left: int
    reset_s: int


type Asked = tuple[Sequence[Counted], asyncio.Future[Verdict | None]]


class Windows:
    """`check` counts a request against all its limits, or against none if one is used up."""

    def __init__(self, url: str) -> None:
        self._redis = redis.asyncio.from_url(
            url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S
        )
        source = files("deploy.http.edge").joinpath("window.lua").read_text()
        self._script: Any = self._redis.register_script(source)
        self._asking: list[Asked] = []
        self._task: asyncio.Task[None] | None = None
        self._away = False
        self._again_at = 0.0
        self._own = _OwnWindows()

    @property
    def away(self) -> bool:
        """From a call that failed to the next that is answered."""
        return self._away

    async def check(self, counted: Sequence[Counted]) -> Verdict | None:
        """None: Redis is away, and nothing says no."""
        if time.monotonic() < self._again_at:
            return self._own.check(counted)
        future: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self._asking.append((counted, future))
        if self._task is None:
            self._task = asyncio.create_task(self._ask_all())
        return await future

    async def close(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        await self._redis.aclose()

    async def _ask_all(self) -> None:
        try:
            while self._asking:
                batch, self._asking = self._asking[:AT_ONCE], self._asking[AT_ONCE:]
                await self._ask(batch)
        finally:
            self._task = None

    async def _ask(self, batch: Sequence[Asked]) -> None:
        keys = [one.key for counted, _ in batch for one in counted]
        arguments: list[int] = [len(batch)]
        for counted, _ in batch:
            arguments.append(len(counted))
            for one in counted:
                arguments += (one.limit.quota, one.limit.window_s * 1000)
        try:
            answer: list[int] = await self._script(keys=keys, args=arguments)
            self._away = False
        except Exception as error:  # noqa: BLE001 - whoever waits is answered, whatever it was
            self._lost(batch, error)
            return
        for number, (counted, future) in enumerate(batch):
            allowed, tight, left, reset = answer[number * 4 : number * 4 + 4]
            if not future.done():
                limit = counted[tight - 1].limit
                future.set_result(Verdict(bool(allowed), limit, left, -(-reset // 1000)))

    def _lost(self, batch: Sequence[Asked], error: Exception) -> None:
        if not self._away:
            log.warning("limits are not counted: %s", type(error).__name__)
        self._away = True
        self._again_at = time.monotonic() + AWAY_S
        for counted, future in batch:
            if not future.done():
                future.set_result(self._own.check(counted))


class _OwnWindows:
    """What stays of strict limits while Redis is away: a tenth, in this process alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, counted: Sequence[Counted]) -> Verdict | None:
        strict = [one for one in counted if one.limit.strict]
        verdicts = [self._count(one) for one in strict]
        return min(verdicts, key=lambda verdict: (verdict.allowed, verdict.left), default=None)

    def _count(self, one: Counted) -> Verdict:
        now = time.monotonic()
        began, used = self._kept.pop(one.key, (now, 0))
        if now >= began + one.limit.window_s:
            began, used = now, 0
        quota = max(1, one.limit.quota // STRICTER)
        allowed = used < quota
        self._kept[one.key] = (began, used + allowed)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        reset = int(began + one.limit.window_s - now) + 1
        return Verdict(allowed, one.limit, quota - used - allowed, reset)
