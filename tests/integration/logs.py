"""Events in a log, many at once, without a store."""

import uuid

import psycopg

from eventstore.codec import encode
from eventstore.events.seller import SellerRegistered
from eventstore.values import Envelope
from tests.given import NOW

HEAD = "SELECT position FROM log_head FOR UPDATE"
EVENT = (
    "INSERT INTO stored_events"
    " (originator_id, originator_version, topic, state, notification_id)"
    " VALUES (%s, 1, 'seller.registered.v2', %s, %s)"
)
MOVE = "UPDATE log_head SET position = %s"
NOTIFY = "SELECT pg_notify('log', '')"


def append(dsn: str, count: int) -> None:
    """So many sellers register, each by a command of its own, in one commit."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(HEAD).fetchone()
        head = int(found[0]) if found else 0
        rows = [_row(position) for position in range(head + 1, head + 1 + count)]
        with connection.cursor() as cursor:
            cursor.executemany(EVENT, rows)
        connection.execute(MOVE, [head + count])
        connection.execute(NOTIFY)


def _row(position: int) -> tuple[str, bytes, int]:
    seller_id = command_id = uuid.uuid4().hex
    event = SellerRegistered(
        seller_id=seller_id,
        name="Ann",
        currency="EUR",
        commission_rate_bps=None,
        payout_destination="",
        payout_provider="",
    )
    envelope = Envelope(
        occurred_at=NOW,
        recorded_at=NOW,
        actor="operator:test",
        command_id=command_id,
        correlation_id=command_id,
        causation_id=command_id,
    )
    return event.stream, encode(event, envelope), position


def restore(dsn: str, head: int) -> None:
    """What a standby that lagged, or a backup, has of the log."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM stored_events WHERE notification_id > %s", [head])
        connection.execute("DELETE FROM command_log WHERE position > %s", [head])
        connection.execute("UPDATE log_head SET position = %s", [head])
