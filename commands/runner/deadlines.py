"""Fires stored deadlines as commands when their time has come."""

import logging
from datetime import datetime

from commands.dispatch import Cause, Dispatch
from commands.runner import process_tables as tables
from commands.runner.process_tables import Connection
from eventstore.errors import CommandIdReused, Refused

LIMIT = 200

log = logging.getLogger(__name__)


async def fire_due(connection: Connection, dispatch: Dispatch, now: datetime) -> int:
    """How many were fired. A refused one is over too: what it was for has happened."""
    due = await tables.due_deadlines(connection, now, LIMIT)
    for deadline in due:
        command_id = f"{deadline.process}/{deadline.instance}"
        cause = Cause(
            command_id=command_id, correlation_id=command_id, causation_id=f"deadline:{command_id}"
        )
        try:
            await dispatch(deadline.command, cause)
        except (Refused, CommandIdReused) as refusal:
            log.info("%s was refused: %s", command_id, type(refusal).__name__)
        await connection.execute(tables.UNSCHEDULE, [deadline.process, deadline.instance])
    return len(due)
