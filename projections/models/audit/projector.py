"""The audit trail: who did what to which stream and to whom it matters, when, because of what."""

from collections.abc import Iterator
from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.attempt import AttemptRefused
from eventstore.events.base import Event
from eventstore.events.order import OrderPlaced
from eventstore.events.restriction import RestrictionImposed, RestrictionLifted
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

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
TARGETS = Table("event_targets", ("target", "position"), {"target": "text", "position": "int"})
NAMED = ("order", "seller", "payment", "refund", "payout", "buyer", "account")


def target_of(recorded: Recorded) -> str:
    """Whom or what it was done to, as `order:ID`: for a restriction the one who is restricted, for
    what was refused the path that was asked for.
    """
    event = recorded.event
    if isinstance(event, RestrictionImposed | RestrictionLifted):
        return f"{event.kind}:{event.target_id}"
    if isinstance(event, AttemptRefused):
        return event.path
    kind, _, identity = recorded.stream.partition("-")
    return f"{kind}:{identity}"


def targets_of(recorded: Recorded) -> Iterator[str]:
    """What the event names besides its own stream, each once. Stock is followed by its listing."""
    event = recorded.event
    if recorded.name.startswith("stock."):
        return
    for kind in NAMED:
        named: str | None = getattr(event, f"{kind}_id", None)
        if named and recorded.stream != f"{kind}-{named}":
            yield f"{kind}:{named}"
    if isinstance(event, RestrictionImposed | RestrictionLifted):
        yield f"{event.kind}:{event.target_id}"
    if isinstance(event, OrderPlaced):
        yield from dict.fromkeys(f"seller:{line.seller_id}" for line in event.lines)


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
    for target in targets_of(recorded):
        writes.append(TARGETS, (target, recorded.position))


PROJECTOR = Projector(
    name="audit",
    version=3,
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(AUDIT, TARGETS),
    every=every,
    handlers={},
    of_streams=False,
)
