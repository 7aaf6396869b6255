"""Payouts by id and seller."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.payout import (
    PayoutBounced,
    PayoutFailed,
    PayoutRequested,
    PayoutSent,
    PayoutSettled,
)
from projections.stores.postgresql.projector import Explained, Projector, step
from projections.stores.postgresql.tables import Table, Writes

PAYOUTS = Table(
    "payouts",
    ("payout_id",),
    {
        "payout_id": "text",
        "seller_id": "text",
        "provider": "text",
        "amount_minor": "int",
        "currency": "text",
        "status": "text",
        "provider_reference": "text",
        "reason": "text",
        "requested_at": "time",
        "ended_at": "time",
        "position": "int",
    },
    defaults={"status": "requested"},
)


def on_requested(event: PayoutRequested, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        PAYOUTS,
        payout_id=event.payout_id,
        seller_id=event.seller_id,
        provider=event.provider,
        amount_minor=event.amount.amount_minor,
        currency=event.amount.currency,
        requested_at=recorded.envelope.occurred_at,
        position=recorded.position,
    )


PROJECTOR = Projector(
    name="payouts",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(PAYOUTS,),
    explained=Explained(PAYOUTS, "payout"),
    handlers={
        PayoutRequested: on_requested,
        PayoutSent: step(PAYOUTS, "sent", "provider_reference", ended=False),
        PayoutSettled: step(PAYOUTS, "settled", "provider_reference", reason=None),
        PayoutFailed: step(PAYOUTS, "failed", "reason"),
        PayoutBounced: step(PAYOUTS, "bounced", "reason"),
    },
    money=True,
)
