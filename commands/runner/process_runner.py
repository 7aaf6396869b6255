"""Runs the process managers: events in, commands out, deadlines and owed calls kept."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from commands.dispatch import Cause, Dispatch
from commands.processes.process import Process
from commands.processes.reactions import Do, Reaction
from commands.runner import process_tables as tables
from commands.runner.process_tables import Connection
from eventstore.codec import Recorded
from eventstore.errors import CommandIdReused, Refused
from eventstore.reader import StoredRow

NAME = "processes"
LOCK = 0x50524F43

log = logging.getLogger(__name__)


class Asked(msgspec.Struct, frozen=True, gc=False):
    process: str
    recorded: Recorded
    reaction: Reaction


class ProcessRunner:
    """Applies batches of events to every process.

    Commands go out before the checkpoint moves, so that a crash repeats them: their derived ids
    make the repetition harmless.
    """

    def __init__(
        self,
        processes: Sequence[Process[Any]],
        dispatch: Dispatch,
    ) -> None:
        self._processes = processes
        self._dispatch = dispatch
        self.position = 0

    async def resume(self, connection: Connection) -> None:
        """Wait to be the only one, then go on where the last one stopped.

        The lock is the connection's: who loses the connection can save nothing over another's
        states.
        """
        await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        self.position = await tables.checkpoint(connection, NAME)

    async def apply(self, connection: Connection, rows: Sequence[StoredRow]) -> None:
        """Raises what makes the batch worth repeating: a lost store, bus or database."""
        batch = [row.decode() for row in rows]
        changed: dict[str, list[tuple[str, bytes]]] = {}
        asked: list[Asked] = []
        for process in self._processes:
            states = await self._states(connection, process, batch)
            dirty: set[str] = set()
            for recorded in batch:
                instance = process.interested(recorded.event)
                if instance is None:
                    continue
                before = states.get(instance, process.state_type())
                after = process.evolve(before, recorded.event)
                if after != before:
                    states[instance] = after
                    dirty.add(instance)
                asked += [
                    Asked(process.name, recorded, reaction)
                    for reaction in process.react(after, recorded)
                ]
            changed[process.name] = [
                (instance, msgspec.json.encode(states[instance])) for instance in dirty
            ]
        await self._send(asked)
        await self._save(connection, changed, asked, rows[-1].position)

    async def _states(
        self, connection: Connection, process: Process[Any], batch: Sequence[Recorded]
    ) -> dict[str, Any]:
        if not process.state_type.__struct_fields__:
            return {}
        instances = {process.interested(recorded.event) for recorded in batch} - {None}
        stored = await tables.states(connection, process.name, [i for i in instances if i])
        return {
            instance: msgspec.json.decode(state, type=process.state_type)
            for instance, state in stored.items()
        }

    async def _send(self, asked: Sequence[Asked]) -> None:
        sends = [
            self._do(item.reaction, item.recorded)
            for item in asked
            if isinstance(item.reaction, Do)
        ]
        await asyncio.gather(*sends)

    async def _do(self, reaction: Do, recorded: Recorded) -> None:
        cause = Cause(
            command_id=reaction.command_id,
            correlation_id=recorded.envelope.correlation_id,
            causation_id=f"event:{recorded.position}",
        )
        try:
            await self._dispatch(reaction.command, cause)
        except (Refused, CommandIdReused) as refusal:
            # The world has moved on, or another delivery was first: nothing is left to do.
            log.info("%s was refused: %s", reaction.command_id, type(refusal).__name__)

    async def _save(
        self,
        connection: Connection,
        changed: dict[str, list[tuple[str, bytes]]],
        asked: Sequence[Asked],
        position: int,
    ) -> None:
        kept = [
            (item.process, item.reaction) for item in asked if not isinstance(item.reaction, Do)
        ]
        async with connection.transaction():
            for process, states in changed.items():
                await tables.remember(connection, process, states)
            await tables.store(connection, kept)
            await connection.execute(tables.ADVANCE, [NAME, position])
        self.position = position
