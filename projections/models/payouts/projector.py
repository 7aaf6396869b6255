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
from projections.stores.postgresql.projector import Explained, Projector
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


def on_sent(event: PayoutSent, _: Recorded, writes: Writes) -> None:
    key = (event.payout_id,)
    writes.set(PAYOUTS, key, status="sent", provider_reference=event.provider_reference)


def on_settled(event: PayoutSettled, recorded: Recorded, writes: Writes) -> None:
    writes.set(
        PAYOUTS,
        (event.payout_id,),
        status="settled",
        provider_reference=event.provider_reference,
        reason=None,
        ended_at=recorded.envelope.occurred_at,
    )


def on_failed(event: PayoutFailed, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    key = (event.payout_id,)
    writes.set(PAYOUTS, key, status="failed", reason=event.reason, ended_at=at)


def on_bounced(event: PayoutBounced, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    key = (event.payout_id,)
    writes.set(PAYOUTS, key, status="bounced", reason=event.reason, ended_at=at)


PROJECTOR = Projector(
    name="payouts",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(PAYOUTS,),
    explained=Explained(PAYOUTS, "payout"),
    handlers={
        PayoutRequested: on_requested,
        PayoutSent: on_sent,
        PayoutSettled: on_settled,
        PayoutFailed: on_failed,
        PayoutBounced: on_bounced,
    },
    money=True,
)
