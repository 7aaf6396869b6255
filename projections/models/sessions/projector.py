"""Sessions of accounts: begun, and ended."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.session import SessionEnded, SessionStarted
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

SESSIONS = Table(
    "sessions",
    ("session_id",),
    {
        "session_id": "text",
        "account_id": "text",
        "surface": "text",
        "seller_id": "text",
        "method": "text",
        "started_at": "time",
        "ended_at": "time",
        "reason": "text",
    },
)


def on_started(event: SessionStarted, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        SESSIONS,
        session_id=event.session_id,
        account_id=event.account_id,
        surface=event.surface,
        seller_id=event.seller_id,
        method=event.method,
        started_at=recorded.envelope.occurred_at,
    )


def on_ended(event: SessionEnded, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.set(SESSIONS, (event.session_id,), ended_at=at, reason=event.reason)


PROJECTOR = Projector(
    name="sessions",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(SESSIONS,),
    handlers={SessionStarted: on_started, SessionEnded: on_ended},
)
