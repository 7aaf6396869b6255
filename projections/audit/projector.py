"""The audit trail: who did what to which stream, when, because of what."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.base import Event
from projections.projector import Projector
from projections.tables import Table, Writes

AUDIT = Table(
    "audit_events",
    ("position",),
    {
        "position": "int",
        "stream": "text",
        "version": "int",
        "name": "text",
        "actor": "text",
        "command_id": "text",
        "correlation_id": "text",
        "causation_id": "text",
        "occurred_at": "time",
        "recorded_at": "time",
    },
)


def every(_: Event, recorded: Recorded, writes: Writes) -> None:
    envelope = recorded.envelope
    writes.append(
        AUDIT,
        (
            recorded.position,
            recorded.stream,
            recorded.version,
            recorded.name,
            envelope.actor,
            envelope.command_id,
            envelope.correlation_id,
            envelope.causation_id,
            envelope.occurred_at,
            envelope.recorded_at,
        ),
    )


PROJECTOR = Projector(
    name="audit",
    schema=(files(__package__) / "schema.sql").read_text(),
    every=every,
    handlers={},
)
