"""Payments by id and order."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReversed,
    PaymentStarted,
)
from projections.projector import Projector, Writes

STARTED = (
    "INSERT INTO payments (payment_id, order_id, provider, method, amount_minor, currency,"
    " status, started_at, position) VALUES (%s, %s, %s, %s, %s, %s, 'started', %s, %s)"
)
CAPTURED = (
    "UPDATE payments SET status = 'captured', charge_reference = %s, reason = NULL,"
    " ended_at = %s WHERE payment_id = %s"
)
ENDED = "UPDATE payments SET status = %s, reason = %s, ended_at = %s WHERE payment_id = %s"


def on_started(event: PaymentStarted, recorded: Recorded, writes: Writes) -> None:
    writes.add(
        STARTED,
        event.payment_id,
        event.order_id,
        event.provider,
        event.method,
        event.amount.amount_minor,
        event.amount.currency,
        recorded.envelope.occurred_at,
        recorded.position,
    )


def on_captured(event: PaymentCaptured, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(CAPTURED, event.charge_reference, at, event.payment_id)


def on_declined(event: PaymentDeclined, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(ENDED, "declined", event.reason, at, event.payment_id)


def on_reversed(event: PaymentReversed, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(ENDED, "reversed", event.reason, at, event.payment_id)


PROJECTOR = Projector(
    name="payments",
    schema=(files(__package__) / "schema.sql").read_text(),
    handlers={
        PaymentStarted: on_started,
        PaymentCaptured: on_captured,
        PaymentDeclined: on_declined,
        PaymentReversed: on_reversed,
    },
    money=True,
)
