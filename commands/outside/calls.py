"""The work that dramatiq carries: one call to the outside, its outcome into the log."""

import logging
from collections.abc import Callable
from datetime import datetime

from commands.dispatch import Cause, Dispatch
from commands.outside import owed
from commands.outside.call import OutsideCall
from commands.outside.owed import Pool
from commands.outside.port import OutcomeUnknown, Outside, Result, Unreachable
from eventstore.away import DATABASE_AWAY
from eventstore.errors import CommandIdReused, Refused, Unavailable

log = logging.getLogger(__name__)


class Calls:
    """Makes the calls of one provider so that each may be made again at any time."""

    def __init__(
        self,
        pool: Pool,
        dispatch: Dispatch,
        outside: Outside,
        clock: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._dispatch = dispatch
        self._outside = outside
        self._clock = clock

    async def make(self, call: OutsideCall, sweep: int = 0) -> None:
        """What does not succeed is noted with its reason and comes again by itself.

        A call that is not owed is not made: the queue may bring it twice, or after the log that
        owed it was lost. In a `sweep` a call that was done is only looked up: has the provider
        thought otherwise?
        Raises what `eventstore.away` calls a lost database, or `Unavailable`.
        """
        try:
            async with owed.in_hand(self._pool, call) as connection:
                if await owed.state_of(connection, call) == ("done" if sweep else "owed"):
                    await self._make(call, sweep)
                    if sweep:
                        await owed.looked(connection, call)
        except (*DATABASE_AWAY, Unavailable):
            raise
        except (Unreachable, OutcomeUnknown) as error:
            await self._note(call, error, unclear=False)
        except Exception as error:  # noqa: BLE001 - its own fault, and its alone
            await self._note(call, error, unclear=True)

    async def _make(self, call: OutsideCall, sweep: int) -> None:
        adapter = self._outside.adapter
        result = await (adapter.find(call) if sweep else self._result(call))
        now = self._clock()
        command = self._outside.port.command_for(call, result, now) if result is not None else None
        if command is None:
            return
        source = f"call/{call.provider}/{call.kind}/{call.key}"
        if sweep:
            source = f"sweep/{call.provider}/{call.kind}/{call.key}/{now.isoformat()}"
        cause = Cause(
            command_id=f"{source}/{type(command).__name__}",
            correlation_id=call.correlation_id,
            causation_id=source,
        )
        try:
            await self._dispatch(command, cause)
        except (Refused, CommandIdReused):
            # A webhook was faster, with the same outcome or a later one.
            return

    async def _result(self, call: OutsideCall) -> Result:
        """Look first: what the provider has seen is never asked for again blindly."""
        adapter = self._outside.adapter
        known = await adapter.find(call)
        if known is not None:
            return known
        try:
            return await adapter.execute(call)
        except OutcomeUnknown:
            found = await adapter.find(call)
            if found is None:
                raise
            return found

    async def _note(self, call: OutsideCall, error: Exception, *, unclear: bool) -> None:
        log.warning("%s %s is not done: %s", call.kind, call.key, type(error).__name__)
        async with self._pool.connection() as connection:
            await owed.note(connection, call, error, unclear=unclear)
