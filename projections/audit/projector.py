"""The audit trail: who did what to which stream, when, because of what."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.base import Event
from projections.projector import Projector, Writes

AUDIT = (
    "INSERT INTO audit_events (position, stream, version, name, actor, command_id,"
    " correlation_id, causation_id, occurred_at, recorded_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def every(_: Event, recorded: Recorded, writes: Writes) -> None:
    envelope = recorded.envelope
    writes.add(
        AUDIT,
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
    )


PROJECTOR = Projector(
    name="audit",
    schema=(files(__package__) / "schema.sql").read_text(),
    every=every,
    handlers={},
)
