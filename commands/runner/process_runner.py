"""Runs the process managers: events in, commands out, deadlines and owed calls kept."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from commands.dispatch import Cause, Dispatch
from commands.processes.process import Process
from commands.processes.reactions import Do, Reaction
from commands.runner import parked
from commands.runner import process_tables as tables
from commands.runner.process_tables import Connection
from eventstore import reader
from eventstore.away import DATABASE_AWAY
from eventstore.codec import Recorded
from eventstore.errors import CommandIdReused, Refused, Unavailable
from eventstore.reader import StoredRow
from eventstore.unreadable import Unreadable, decode_or_mark

LOCK = 0x50524F43
RETRIED_MAX = 200
PROBLEM_MAX = 500

log = logging.getLogger(__name__)


class Turn:
    """What one process makes of a batch: states, what it asks for, and what it could not take."""

    def __init__(self, process: Process[Any], stored: dict[str, bytes]) -> None:
        self.process = process
        self.asked: list[tuple[Recorded, Reaction]] = []
        self.problems: dict[int, str] = {}
        self._stored = stored
        self._states: dict[str, Any] = {}
        self._dirty: set[str] = set()

    def take(self, recorded: Recorded) -> None:
        """One event; a fault in it is its own."""
        if isinstance(recorded.event, Unreadable):
            self.problems[recorded.position] = recorded.event.reason[:PROBLEM_MAX]
            return
        try:
            instance = self.process.interested(recorded.event)
            if instance is not None:
                self._react(instance, recorded)
        except Exception as error:
            log.exception("%s cannot take event %d", self.process.name, recorded.position)
            self.fail(recorded, error)

    def _react(self, instance: str, recorded: Recorded) -> None:
        before = self._state(instance)
        after = self.process.evolve(before, recorded.event)
        asked = [(recorded, reaction) for reaction in self.process.react(after, recorded)]
        if after != before:
            self._states[instance] = after
            self._dirty.add(instance)
        self.asked += asked

    def _state(self, instance: str) -> Any:
        if instance not in self._states:
            stored = self._stored.get(instance)
            kind = self.process.state_type
            self._states[instance] = (
                kind() if stored is None else msgspec.json.decode(stored, type=kind)
            )
        return self._states[instance]

    def fail(self, recorded: Recorded, error: BaseException) -> None:
        self.problems[recorded.position] = f"{type(error).__name__}: {error}"[:PROBLEM_MAX]

    def changed(self) -> list[tuple[str, bytes]]:
        return [(one, msgspec.json.encode(self._states[one])) for one in self._dirty]

    def kept(self) -> list[tuple[str, Any]]:
        """What is not sent at once: deadlines and calls."""
        return [(self.process.name, one) for _, one in self.asked if not isinstance(one, Do)]


class ProcessRunner:
    """Applies batches of events to every process that has not passed them.

    Commands go out before a checkpoint moves, so that a crash repeats them: their derived ids
    make the repetition harmless.
    """

    def __init__(self, processes: Sequence[Process[Any]], dispatch: Dispatch) -> None:
        self._processes = {process.name: process for process in processes}
        self._dispatch = dispatch
        self._positions: dict[str, int] = {}

    @property
    def position(self) -> int:
        """What all have passed."""
        return min(self._positions.values(), default=0)

    async def resume(self, connection: Connection) -> None:
        """Wait to be the only one, then go on where each process stopped, or says that it begins.

        The lock is the connection's: who loses the connection can save nothing over another's
        states.
        """
        await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        known = await tables.checkpoints(connection)
        for name, process in self._processes.items():
            if name not in known:
                known[name] = 0 if process.start == "beginning" else await reader.head(connection)
                await connection.execute(tables.ADVANCE, [name, known[name]])
        self._positions = {name: known[name] for name in self._processes}

    async def apply(self, connection: Connection, rows: Sequence[StoredRow]) -> None:
        """Raises what makes the batch worth repeating: a lost store, bus or database."""
        batch = [decode_or_mark(row) for row in rows]
        turns = [
            await self._turn(
                connection, process, [one for one in batch if one.position > self._positions[name]]
            )
            for name, process in self._processes.items()
        ]
        await self._send(turns)
        last = rows[-1].position
        async with connection.transaction():
            for turn in turns:
                await self._keep(connection, turn)
                await connection.execute(tables.ADVANCE, [turn.process.name, last])
        self._positions = dict.fromkeys(self._positions, last)

    async def retry(self, connection: Connection) -> int:
        """Take parked events once more that somebody has asked for. How many there were."""
        tried = 0
        for name, positions in (await parked.wanted(connection, RETRIED_MAX)).items():
            process = self._processes.get(name)
            if process is None:
                await parked.park(connection, name, dict.fromkeys(positions, "no such process"))
                continue
            rows = await reader.rows_at(connection, positions)
            turn = await self._turn(connection, process, [decode_or_mark(row) for row in rows])
            await self._send([turn])
            async with connection.transaction():
                await parked.done(
                    connection, name, [one for one in positions if one not in turn.problems]
                )
                await self._keep(connection, turn)
            tried += len(positions)
        return tried

    async def _turn(
        self, connection: Connection, process: Process[Any], batch: Sequence[Recorded]
    ) -> Turn:
        stored: dict[str, bytes] = {}
        if process.state_type.__struct_fields__:
            instances = {_instance(process, recorded) for recorded in batch} - {None}
            stored = await tables.states(connection, process.name, [i for i in instances if i])
        turn = Turn(process, stored)
        for recorded in batch:
            turn.take(recorded)
        return turn

    async def _keep(self, connection: Connection, turn: Turn) -> None:
        await tables.remember(connection, turn.process.name, turn.changed())
        await tables.store(connection, turn.kept())
        await parked.park(connection, turn.process.name, turn.problems)

    async def _send(self, turns: Sequence[Turn]) -> None:
        sends = [
            self._do(turn, reaction, recorded)
            for turn in turns
            for recorded, reaction in turn.asked
            if isinstance(reaction, Do)
        ]
        await asyncio.gather(*sends)

    async def _do(self, turn: Turn, reaction: Do, recorded: Recorded) -> None:
        cause = Cause(
            command_id=reaction.command_id,
            correlation_id=recorded.envelope.correlation_id,
            causation_id=f"event:{recorded.position}",
        )
        try:
            await self._dispatch(reaction.command, cause)
        except (*DATABASE_AWAY, Unavailable):
            raise
        except (Refused, CommandIdReused) as refusal:
            # The world has moved on, or another delivery was first: nothing is left to do.
            log.info("%s was refused: %s", reaction.command_id, type(refusal).__name__)
        except Exception as error:
            log.exception("%s cannot be sent", reaction.command_id)
            turn.fail(recorded, error)


def _instance(process: Process[Any], recorded: Recorded) -> str | None:
    try:
        return process.interested(recorded.event)
    except Exception:  # noqa: BLE001 - it is taken, and parked, afterwards
        return None
