"""Translates stored webhook deliveries: looks the object up and records what it is now.

Looking it up makes duplicates, deliveries out of order and late failures harmless. Each delivery
is tried by itself: one that fails, or hangs, holds up no other.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from commands.command import Actor, Command
from commands.dispatch import Cause, Dispatch
from commands.outside import deliveries, owed
from commands.outside.call import OutsideCall
from commands.outside.deliveries import Stored
from commands.outside.owed import Pool
from commands.outside.port import AnswerMismatch, DeliveryMalformed, Outside, Report, Unreachable
from commands.streams.provider_report.decider import stream_of
from commands.streams.provider_report.messages import RecordProviderReport
from eventstore.away import DATABASE_AWAY
from eventstore.errors import CommandIdReused, Refused, Unavailable

LIMIT = 64
AT_ONCE = 4

log = logging.getLogger(__name__)


class CallUnknown(Exception):
    """The provider was faster than our own reading of the log, or it is not our call."""


class Translator:
    """Of one provider's deliveries: another that hangs is another's."""

    def __init__(
        self,
        pool: Pool,
        dispatch: Dispatch,
        outside: Outside,
        clock: Callable[[], datetime],
    ) -> None:
        if outside.delivering is None:
            raise TypeError(f"{outside.name} delivers nothing")
        self._adapter = outside.delivering
        self._pool = pool
        self._dispatch = dispatch
        self._outside = outside
        self._clock = clock
        self._places = asyncio.Semaphore(AT_ONCE)

    async def turn(self) -> int:
        """Try what is due once. How many deliveries there were.

        Raises a lost database or store: what was taken comes again by itself.
        """
        async with self._pool.connection() as connection:
            taken = await deliveries.take(connection, self._outside.provider, LIMIT)
        tries = [self._in_place(delivery) for delivery in taken]
        for lost in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(lost, BaseException):
                raise lost
        return len(taken)

    async def _in_place(self, delivery: Stored) -> None:
        async with self._places:
            await self._try(delivery)

    async def _try(self, delivery: Stored) -> None:
        try:
            await self._translate(delivery)
        except (*DATABASE_AWAY, Unavailable):
            raise
        except (Refused, CommandIdReused) as refusal:
            # The write model has said for good that there is nothing to record.
            await self._answered(delivery, f"{type(refusal).__name__}: {refusal}")
        except Unreachable as error:
            await self._not_yet(delivery, error)
        except CallUnknown as error:
            await self._not_yet(delivery, error, park=delivery.stale)
        except Exception as error:  # noqa: BLE001 - its own fault, and its alone
            log.warning("delivery %s: %s", delivery.external_id, type(error).__name__)
            park = isinstance(error, (AnswerMismatch, DeliveryMalformed))
            await self._not_yet(delivery, error, unclear=True, park=park)
        else:
            await self._answered(delivery, None)

    async def _translate(self, delivery: Stored) -> None:
        told = self._adapter.read_delivery(delivery.body)
        if isinstance(told, Report):
            await self._report(told, delivery)
            return
        async with self._pool.connection() as connection:
            call = await owed.of(
                connection, self._outside.port, told.kind, delivery.provider, told.key
            )
        if call is None:
            raise CallUnknown("no call of ours is known under this key")
        async with owed.in_hand(self._pool, call):
            await self._record(call, delivery)

    async def _record(self, call: OutsideCall, delivery: Stored) -> None:
        now = self._clock()
        result = await self._adapter.find(call)
        command = self._outside.port.command_for(call, result, now) if result is not None else None
        if command is None:
            return
        await self._send(command, delivery, call.correlation_id)

    async def _report(self, told: Report, delivery: Stored) -> None:
        """A fact of its own: nothing of ours is known that it would be the outcome of."""
        now = self._clock()
        command = RecordProviderReport(
            by=Actor("system", delivery.provider),
            now=now,
            occurred_at=now,
            provider=delivery.provider,
            external_id=told.external_id,
            kind=told.kind,
            object_id=told.object_id,
            concerns=told.concerns,
            amount=told.amount,
            happened_at=told.happened_at,
        )
        await self._send(command, delivery, stream_of(command))

    async def _send(self, command: Command, delivery: Stored, correlation_id: str) -> None:
        source = f"webhook/{delivery.provider}/{delivery.external_id}"
        cause = Cause(
            command_id=f"{source}/{type(command).__name__}",
            correlation_id=correlation_id,
            causation_id=source,
        )
        await self._dispatch(command, cause)

    async def _answered(self, delivery: Stored, problem: str | None) -> None:
        async with self._pool.connection() as connection:
            await deliveries.translated(connection, delivery, problem)

    async def _not_yet(
        self, delivery: Stored, error: Exception, *, unclear: bool = False, park: bool = False
    ) -> None:
        async with self._pool.connection() as connection:
            await deliveries.note(connection, delivery, error, unclear=unclear, park=park)
