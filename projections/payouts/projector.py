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
from projections.projector import Projector, Writes

REQUESTED = (
    "INSERT INTO payouts (payout_id, seller_id, provider, amount_minor, currency, status,"
    " requested_at, position) VALUES (%s, %s, %s, %s, %s, 'requested', %s, %s)"
)
SENT = "UPDATE payouts SET status = 'sent', provider_reference = %s WHERE payout_id = %s"
SETTLED = (
    "UPDATE payouts SET status = 'settled', provider_reference = %s, ended_at = %s"
    " WHERE payout_id = %s"
)
FAILED = "UPDATE payouts SET status = %s, reason = %s, ended_at = %s WHERE payout_id = %s"


def on_requested(event: PayoutRequested, recorded: Recorded, writes: Writes) -> None:
    writes.add(
        REQUESTED,
        event.payout_id,
        event.seller_id,
        event.provider,
        event.amount.amount_minor,
        event.amount.currency,
        recorded.envelope.occurred_at,
        recorded.position,
    )


def on_sent(event: PayoutSent, _: Recorded, writes: Writes) -> None:
    writes.add(SENT, event.provider_reference, event.payout_id)


def on_settled(event: PayoutSettled, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(SETTLED, event.provider_reference, at, event.payout_id)


def on_failed(event: PayoutFailed, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(FAILED, "failed", event.reason, at, event.payout_id)


def on_bounced(event: PayoutBounced, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(FAILED, "bounced", event.reason, at, event.payout_id)


PROJECTOR = Projector(
    name="payouts",
    schema=(files(__package__) / "schema.sql").read_text(),
    handlers={
        PayoutRequested: on_requested,
        PayoutSent: on_sent,
        PayoutSettled: on_settled,
        PayoutFailed: on_failed,
        PayoutBounced: on_bounced,
    },
    money=True,
)
