"""The sending of webhooks, again and again until they are taken."""

import asyncio
import contextlib
import math

import httpx
import msgspec
from msgspec.structs import replace

from deploy.sandbox.errors import not_found
from deploy.sandbox.processor import Processor
from deploy.sandbox.settings import CLOCK, Clock, Settings
from deploy.sandbox.signature import HEADER, sign
from deploy.sandbox.store import Attempt, Event, Store

_FIRST_BACKOFF = 0.2
_LONGEST_BACKOFF = 5.0
_MOST_TRIES = 20
_RECEIVER_TIMEOUT = 5.0
_LONGEST_SLEEP = 1.0  # The clock may be one that jumps, so no sleep relies on it for long.


class Tally(msgspec.Struct):
    """How many deliveries were taken and how many were not."""

    delivered: int = 0
    failed: int = 0

    def count(self, *, taken: bool) -> None:
        """Count one delivery."""
        if taken:
            self.delivered += 1
        else:
            self.failed += 1


class Tried(msgspec.Struct, frozen=True):
    """One try to deliver an event, as it is listed."""

    at: float
    status: int | None
    error: str | None


class Listed(msgspec.Struct, frozen=True):
    """An event as it is listed."""

    id: str
    type: str
    object: str
    state: str
    next_attempt_at: float | None
    payload: msgspec.Raw | None
    attempts: list[Tried]


class Receiver(msgspec.Struct, frozen=True):
    """Where webhooks go, and the secret they are signed with."""

    url: str
    secret: str


class Deliverer:
    """The one sender of webhooks: one delivery at a time, so that their order is known."""

    def __init__(
        self,
        store: Store,
        processor: Processor,
        settings: Settings,
        receiver: Receiver,
        clock: Clock = CLOCK,
    ) -> None:
        """Send what `store` holds to `receiver`, telling the time by `clock`."""
        self._store = store
        self._processor = processor
        self._settings = settings
        self._receiver = receiver
        self._clock = clock
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        # A proxy in the environment has no business between a sandbox and its receiver.
        self._client = httpx.AsyncClient(timeout=_RECEIVER_TIMEOUT, trust_env=False)

    def wake(self) -> None:
        """Tell the background task that something may have fallen due."""
        self._woken.set()

    async def run(self) -> None:
        """Settle and send whatever falls due, until cancelled."""
        async with self._client:
            while True:
                self._woken.clear()
                self._processor.settle(self._clock())
                while await self._send_next_due():
                    self._processor.settle(self._clock())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._sleep())

    async def deliver_all(self) -> Tally:
        """Settle and send all there is now, whenever it was due; each failure only once."""
        tally = Tally()
        async with self._turn:
            self._processor.settle(math.inf)
            # Events that arise from these deliveries are not part of "now".
            waiting = {e.id for e in self._store.events() if e.state == "pending"}
            while True:
                ready = (e for e in self._store.deliverable(math.inf) if e.id in waiting)
                event = next(ready, None)
                if event is None:
                    return tally
                taken = await self._attempt(event)
                tally.count(taken=taken)
                if not taken:
                    waiting.discard(event.id)

    async def resend(self, event_id: str) -> Tally:
        """Send one event now, once more if it was taken or given up before."""
        tally = Tally()
        async with self._turn:
            event = self._store.event(event_id)
            if event is None:
                what = "event"
                raise not_found(what)
            if event.payload is None:
                # Its change may follow others of the same object: let them happen in order.
                self._processor.settle(event.next_at)
                event = self._store.event(event_id) or event
            if event.state != "pending":
                event = replace(event, state="pending", wanted=event.accepted + 1, failures=0)
            tally.count(taken=await self._attempt(event))
        return tally

    def listing(self) -> list[Listed]:
        """Return all events, each with its tries."""
        tries: dict[str, list[Tried]] = {}
        for attempt in self._store.attempts():
            shown = Tried(attempt.at, attempt.status, attempt.error)
            tries.setdefault(attempt.event_id, []).append(shown)
        return [
            Listed(
                id=event.id,
                type=event.type,
                object=event.object_id,
                state="scheduled" if event.payload is None else event.state,
                next_attempt_at=event.next_at if event.state == "pending" else None,
                payload=None if event.payload is None else msgspec.Raw(event.payload),
                attempts=tries.get(event.id, []),
            )
            for event in self._store.events()
        ]

    async def _send_next_due(self) -> bool:
        async with self._turn:
            # Asked for inside the turn: another sender may just have dealt with it.
            due = [] if self._settings.paused else self._store.deliverable(self._clock())
            if not due:
                return False
            await self._attempt(due[0])
            return True

    def _sleep(self) -> float:
        upcoming = None if self._settings.paused else self._store.next_time()
        if upcoming is None:
            return _LONGEST_SLEEP
        return min(max(upcoming - self._clock(), 0.0), _LONGEST_SLEEP)

    async def _attempt(self, event: Event) -> bool:
        payload = event.payload or b""
        started = self._clock()
        headers = {
            "Content-Type": "application/json",
            HEADER: sign(payload, self._receiver.secret, int(started)),
        }
        status: int | None = None
        error: str | None = None
        try:
            reply = await self._client.post(self._receiver.url, content=payload, headers=headers)
            status = reply.status_code
            taken = reply.is_success
        except httpx.HTTPError as failure:
            error = type(failure).__name__
            taken = False
        with self._store.transaction():
            self._store.add_attempt(Attempt(event.id, started, status, error))
            self._store.update_event(self._after(event, taken=taken))
        return taken

    def _after(self, event: Event, *, taken: bool) -> Event:
        now = self._clock()
        if not taken:
            failures = event.failures + 1
            wait = min(_FIRST_BACKOFF * 2 ** (failures - 1), _LONGEST_BACKOFF)
            state = "given_up" if failures >= _MOST_TRIES else "pending"
            return replace(event, failures=failures, next_at=now + wait, state=state)
        accepted = event.accepted + 1
        state = "delivered" if accepted >= event.wanted else "pending"
        wait = self._settings.webhook_delay_ms / 1000
        return replace(event, accepted=accepted, failures=0, next_at=now + wait, state=state)
