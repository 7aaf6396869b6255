"""Refunds by id and order."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.refund import (
    RefundApproved,
    RefundFailed,
    RefundLegSettled,
    RefundRejected,
    RefundRequested,
    RefundSettled,
)
from projections.projector import Projector, Writes

REQUESTED = (
    "INSERT INTO refunds (refund_id, order_id, amount_minor, currency, status, reason,"
    " requested_at, position) VALUES (%s, %s, %s, %s, 'requested', %s, %s, %s)"
)
STATUS = "UPDATE refunds SET status = %s WHERE refund_id = %s"
ENDED = "UPDATE refunds SET status = %s, ended_at = %s WHERE refund_id = %s"
SETTLED = "UPDATE refunds SET settled_minor = settled_minor + %s WHERE refund_id = %s"


def on_requested(event: RefundRequested, recorded: Recorded, writes: Writes) -> None:
    writes.add(
        REQUESTED,
        event.refund_id,
        event.order_id,
        event.amount.amount_minor,
        event.amount.currency,
        event.reason,
        recorded.envelope.occurred_at,
        recorded.position,
    )


def on_approved(event: RefundApproved, _: Recorded, writes: Writes) -> None:
    writes.add(STATUS, "approved", event.refund_id)


def on_rejected(event: RefundRejected, recorded: Recorded, writes: Writes) -> None:
    writes.add(ENDED, "rejected", recorded.envelope.occurred_at, event.refund_id)


def on_leg_settled(event: RefundLegSettled, _: Recorded, writes: Writes) -> None:
    writes.add(SETTLED, event.amount.amount_minor, event.refund_id)


def on_settled(event: RefundSettled, recorded: Recorded, writes: Writes) -> None:
    writes.add(ENDED, "settled", recorded.envelope.occurred_at, event.refund_id)


def on_failed(event: RefundFailed, recorded: Recorded, writes: Writes) -> None:
    writes.add(ENDED, "failed", recorded.envelope.occurred_at, event.refund_id)


PROJECTOR = Projector(
    name="refunds",
    schema=(files(__package__) / "schema.sql").read_text(),
    handlers={
        RefundRequested: on_requested,
        RefundApproved: on_approved,
        RefundRejected: on_rejected,
        RefundLegSettled: on_leg_settled,
        RefundSettled: on_settled,
        RefundFailed: on_failed,
    },
    money=True,
)
