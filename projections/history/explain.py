"""Which events a number of a read model rests on: their amounts sum to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from eventstore import reader
from eventstore.codec import Recorded
from eventstore.registry import REGISTRY
from eventstore.unreadable import Unreadable, decode_or_mark
from projections.models.audit import queries as audit
from projections.query import Connection, reads
from projections.read_models import POSTGRES
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Changes, Key, Table

CHAIN_MAX = 20
EVENT = "event:"
# The name under which a provider knows what happened, and the events that carry it.
REFERENCE_FIELDS = ("charge_reference", "provider_reference")
REFERENCES = tuple(
    name
    for name, event_type in REGISTRY.items()
    if set(REFERENCE_FIELDS) & set(event_type.__struct_fields__)
)


class NotExplained(LookupError):
    """There is no such read model, row or number; says which there are."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """An event that led to another one, by way of a process manager."""

    position: int
    event: str
    command_id: str
    actor: str


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one event adds to the number, in minor units (or units), and where it comes from.

    `chain` goes back from event to event; `origin` is the command, deadline or webhook at its end.
    """

    position: int
    stream: str
    event: str
    amount: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    command_id: str
    correlation_id: str
    chain: list[Cause]
    origin: str
    provider_reference: str | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Where a number stands: a row of a table of a read model, and who its events name."""

    projector: Projector
    table: Table
    key: Key
    target: str


ROWS: dict[str, Projector] = {
    projector.name: projector for projector in POSTGRES if projector.explained
}
NOT_NUMBERS = {"position", "version", "line_id"}


def numbers_of(table: Table) -> list[str]:
    return [
        name for name, kind in table.columns.items() if kind == "int" and name not in NOT_NUMBERS
    ]


def row_of(read_model: str, identity: str, field: str) -> Row:
    """Raises `NotExplained`."""
    projector = ROWS.get(read_model)
    if projector is None or projector.explained is None:
        raise NotExplained(f"{read_model!r} is none of {', '.join([*ROWS, 'ledger', 'sales'])}")
    table = projector.explained.table
    if field not in numbers_of(table):
        raise NotExplained(f"{field!r} is none of {', '.join(numbers_of(table))}")
    # The parts of a key that has several stand with a slash between them, as in a stream's name.
    key = tuple(identity.split("/", len(table.key) - 1))
    target = f"{projector.explained.target}:{identity}"
    return Row(projector=projector, table=table, key=key, target=target)


@reads("audit")
async def events_of(connection: Connection, row: Row) -> list[Recorded]:
    """What names the row's subject; stock moves listings without naming them as a target."""
    kind, _, identity = row.target.partition(":")
    targets = [row.target, f"stock:{identity}"] if kind == "listing" else [row.target]
    positions: set[int] = set()
    for target in targets:
        positions |= set(await audit.positions_of(connection, target))
    return [decode_or_mark(stored) for stored in await reader.rows_at(connection, [*positions])]


def amounts(row: Row, field: str, events: Iterable[Recorded]) -> Iterator[tuple[Recorded, int]]:
    """What each event changes the number by: the projector is asked about it alone."""
    value = 0
    for recorded in events:
        if isinstance(recorded.event, Unreadable):
            continue
        for changes in row.projector.project([recorded]).changes():
            if changes.table.name != row.table.name:
                continue
            after = _after(changes, row.key, field, value)
            if after != value:
                yield recorded, after - value
            value = after


def _after(changes: Changes, key: Key, field: str, before: int) -> int:
    inserted = changes.inserted.get(key)
    if inserted is not None:
        return _number(inserted, field, 0)
    upserted = changes.upserted.get(key)
    if upserted is not None:
        return before + _number(upserted, field, 0)
    values, sums = changes.updated.get(key, ({}, {}))
    return _number(values, field, before) + _number(sums, field, 0)


def _number(values: Mapping[str, object], field: str, default: int) -> int:
    found = values.get(field, default)
    return found if isinstance(found, int) else 0


@reads("audit")
async def contributions(
    connection: Connection, found: Sequence[tuple[Recorded, int]]
) -> list[Contribution]:
    """With chains and provider references, in the order given."""
    chains = await _chains(connection, [recorded for recorded, _ in found])
    references = await _references(connection, [recorded for recorded, _ in found])
    return [
        _contribution(recorded, amount, chains[recorded.position], references)
        for recorded, amount in found
    ]


def _contribution(
    recorded: Recorded, amount: int, chain: Sequence[Recorded], references: Mapping[str, str]
) -> Contribution:
    envelope = recorded.envelope
    last = chain[-1] if chain else recorded
    own = reference_of(recorded)
    return Contribution(
        position=recorded.position,
        stream=recorded.stream,
        event=recorded.name,
        amount=amount,
        occurred_at=envelope.occurred_at,
        recorded_at=envelope.recorded_at,
        actor=envelope.actor,
        command_id=envelope.command_id,
        correlation_id=envelope.correlation_id,
        chain=[
            Cause(
                position=cause.position,
                event=cause.name,
                command_id=cause.envelope.command_id,
                actor=cause.envelope.actor,
            )
            for cause in chain
        ],
        origin=last.envelope.causation_id,
        provider_reference=own or references.get(envelope.correlation_id),
    )


async def _chains(connection: Connection, events: Sequence[Recorded]) -> dict[int, list[Recorded]]:
    """The events that led to each event, the nearest first; one query a step back for all."""
    chains: dict[int, list[Recorded]] = {recorded.position: [] for recorded in events}
    ends = {recorded.position: recorded for recorded in events}
    for _ in range(CHAIN_MAX):
        steps = {
            at: int(end.envelope.causation_id.removeprefix(EVENT))
            for at, end in ends.items()
            if end.envelope.causation_id.startswith(EVENT)
        }
        if not steps:
            break
        rows = await reader.rows_at(connection, sorted(set(steps.values())))
        causes = {row.position: decode_or_mark(row) for row in rows}
        ends = {at: causes[cause] for at, cause in steps.items() if cause in causes}
        for at, cause in ends.items():
            chains[at].append(cause)
    return chains


async def _references(connection: Connection, events: Sequence[Recorded]) -> dict[str, str]:
    """By correlation: what the provider calls what happened in it."""
    wanted = sorted({recorded.envelope.correlation_id for recorded in events})
    positions = await audit.correlated(connection, wanted, REFERENCES)
    found: dict[str, str] = {}
    for row in await reader.rows_at(connection, positions):
        recorded = decode_or_mark(row)
        reference = reference_of(recorded)
        if reference:
            found.setdefault(recorded.envelope.correlation_id, reference)
    return found


def reference_of(recorded: Recorded) -> str | None:
    """The provider's name for it, where the event carries one."""
    for field in REFERENCE_FIELDS:
        found = getattr(recorded.event, field, None)
        if found:
            return str(found)
    return None
