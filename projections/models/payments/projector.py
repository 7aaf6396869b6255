"""Payments by id and order."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReinstated,
    PaymentReversed,
    PaymentStarted,
)
from projections.stores.postgresql.projector import Explained, Projector, step
from projections.stores.postgresql.tables import Table, Writes

PAYMENTS = Table(
    "payments",
    ("payment_id",),
    {
        "payment_id": "text",
        "order_id": "text",
        "provider": "text",
        "method": "text",
        "amount_minor": "int",
        "currency": "text",
        "status": "text",
        "charge_reference": "text",
        "reason": "text",
        "started_at": "time",
        "ended_at": "time",
        "position": "int",
    },
    defaults={"status": "started"},
)


def on_started(event: PaymentStarted, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        PAYMENTS,
        payment_id=event.payment_id,
        order_id=event.order_id,
        provider=event.provider,
        method=event.method,
        amount_minor=event.amount.amount_minor,
        currency=event.amount.currency,
        started_at=recorded.envelope.occurred_at,
        position=recorded.position,
    )


PROJECTOR = Projector(
    name="payments",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(PAYMENTS,),
    explained=Explained(PAYMENTS, "payment"),
    handlers={
        PaymentStarted: on_started,
        PaymentCaptured: step(PAYMENTS, "captured", "charge_reference", reason=None),
        PaymentDeclined: step(PAYMENTS, "declined", "reason"),
        PaymentReversed: step(PAYMENTS, "reversed", "reason"),
        PaymentReinstated: step(PAYMENTS, "captured", "charge_reference", reason=None),
    },
    money=True,
)
