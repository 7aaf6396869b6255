"""Fires stored deadlines as commands when their time has come."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.dispatch import Cause, Dispatch
from commands.processes.process import Process
from commands.runner import process_tables as tables
from commands.runner.process_tables import Connection, DueDeadline
from eventstore.away import DATABASE_AWAY
from eventstore.errors import CommandIdReused, Refused, Unavailable

LIMIT = 200

log = logging.getLogger(__name__)


async def fire_due(
    connection: Connection, dispatch: Dispatch, processes: Sequence[Process[Any]], now: datetime
) -> int:
    """How many were due. A refused one is over too: what it was for has happened.

    Raises a lost store or database; a deadline's own fault is logged and tried again later.
    """
    by_name = {process.name: process for process in processes}
    due = await tables.due_deadlines(connection, now, LIMIT)
    for deadline in due:
        try:
            refused = await _fire(dispatch, by_name[deadline.process], deadline, now)
        except (*DATABASE_AWAY, Unavailable):
            raise
        except Exception:
            log.exception("%s/%s cannot be fired", deadline.process, deadline.instance)
            await connection.execute(tables.FAILED, [deadline.process, deadline.instance])
        else:
            key = [deadline.process, deadline.instance, deadline.due_at]
            await connection.execute(tables.FIRED, [refused, *key])
    return len(due)


async def _fire(
    dispatch: Dispatch, process: Process[Any], deadline: DueDeadline, now: datetime
) -> bool:
    """Whether it was refused: then nothing was recorded, and it may be set again."""
    command_id = f"{deadline.process}/{deadline.instance}"
    cause = Cause(
        command_id=command_id, correlation_id=command_id, causation_id=f"deadline:{command_id}"
    )
    # It is recorded now, however late that is; `occurred_at` says when it was due.
    at = max(now, deadline.due_at)
    asked = process.due(deadline.instance, deadline.due_at)
    command = msgspec.structs.replace(asked, now=at)
    try:
        await dispatch(command, cause)
    except CommandIdReused:
        return False
    except Refused as refusal:
        log.info("%s was refused: %s", command_id, type(refusal).__name__)
        return True
    return False
