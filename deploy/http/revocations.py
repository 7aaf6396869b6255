"""Sessions that have ended, as the log says: followed by position, in each process of the APIs.

An access token is good for ten minutes, wherever it is shown. So that a session that was ended is
refused within a second, each process looks for new ends in the log, five times a second, over a
connection of its own: no call a request, no bus and no Redis in between. What ended longer ago than
a token lives is forgotten. Who cannot look for two seconds knows nothing, and lets nobody in by a
session's token.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from deploy.http.tokens import RevocationsUnknown, Revoked
from eventstore.away import DATABASE_AWAY
from eventstore.codec import Recorded
from eventstore.events.session import SessionEnded
from eventstore.identity import Identity
from eventstore.reader import StoredRow

EVERY_S = 0.2
BLIND_S = 2.0
RETRY_S = 0.5
# A token lives for ten minutes; a clock may be a minute off.
KEPT = timedelta(minutes=11)
PAGE = 1_000

# In one look, so that nothing is committed between the two.
NEWER = (
    "SELECT (SELECT position FROM log_head), notification_id, originator_id, originator_version,"
    " topic, state FROM (VALUES (1)) AS one LEFT JOIN LATERAL ("
    "  SELECT * FROM stored_events WHERE topic = 'session.ended.v1' AND notification_id > %s"
    "  ORDER BY notification_id LIMIT %s) AS ended ON true"
)
OLDER = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE topic = 'session.ended.v1' AND notification_id < %s"
    " ORDER BY notification_id DESC LIMIT %s"
)

type Connection = AsyncConnection[tuple[Any, ...]]

log = logging.getLogger(__name__)


class Revocations:
    """`clock` dates what is forgotten."""

    def __init__(self, dsn: str, clock: Callable[[], datetime]) -> None:
        self._dsn = dsn
        self._clock = clock
        self._ended: dict[str, datetime] = {}
        self._position: int | None = None
        self._looked_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    def check(self, identity: Identity) -> None:
        """Raises `Revoked`, or `RevocationsUnknown` where the log has not been seen for too long.

        A token without a session was not given by signing in: nothing ends it but its time.
        """
        if not identity.session:
            return
        if self._looked_at is None or time.monotonic() - self._looked_at > BLIND_S:
            raise RevocationsUnknown
        if identity.session in self._ended:
            raise Revoked

    def gauges(self) -> dict[str, float]:
        seen = self._looked_at
        return {
            "revocations_kept": float(len(self._ended)),
            "revocations_age_seconds": -1.0 if seen is None else time.monotonic() - seen,
        }

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow(), name="revocations")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            with suppress(*DATABASE_AWAY):
                async with await AsyncConnection.connect(
                    self._dsn, autocommit=True, connect_timeout=2
                ) as connection:
                    while True:
                        await self._look(connection)
                        await asyncio.sleep(EVERY_S)
            log.warning("ended sessions are not seen: the log is away")
            await asyncio.sleep(RETRY_S)

    async def _look(self, connection: Connection) -> None:
        began = time.monotonic()
        async with asyncio.timeout(BLIND_S):
            if self._position is None:
                await self._recall(connection)
            while await self._newer(connection):
                pass
        self._looked_at = began
        self._forget()

    async def _recall(self, connection: Connection) -> None:
        """What has ended lately, from the newest back, before there is anything to follow."""
        row = await (await connection.execute("SELECT position FROM log_head")).fetchone()
        assert row is not None
        position = before = int(row[0]) + 1
        since = self._clock() - KEPT
        while True:
            cursor = await connection.execute(OLDER, [before, PAGE], prepare=True)
            rows = await cursor.fetchall()
            found = [_decoded(row) for row in rows]
            for recorded in found:
                self._note(recorded)
            if len(found) < PAGE or found[-1].envelope.recorded_at < since:
                break
            before = found[-1].position
        self._position = position - 1

    async def _newer(self, connection: Connection) -> bool:
        """Whether there may be more."""
        cursor = await connection.execute(NEWER, [self._position, PAGE], prepare=True)
        rows = await cursor.fetchall()
        head = int(rows[0][0])
        assert self._position is not None
        if head < self._position:
            # An older log was restored: what was seen of the other says nothing.
            self._ended.clear()
            self._position = None
            await self._recall(connection)
            return True
        ended = [_decoded(row[1:]) for row in rows if row[1] is not None]
        for recorded in ended:
            self._note(recorded)
        full = len(ended) == PAGE
        self._position = ended[-1].position if full else head
        return full

    def _note(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, SessionEnded):
            self._ended[event.session_id] = recorded.envelope.recorded_at

    def _forget(self) -> None:
        """The oldest come first, but for what was recalled."""
        since = self._clock() - KEPT
        gone = [session for session, at in self._ended.items() if at < since]
        for session in gone:
            del self._ended[session]


def _decoded(row: tuple[Any, ...]) -> Recorded:
    position, stream, version, name, state = row
    return StoredRow(position, stream, version, name, bytes(state)).decode()
