"""Refunds by id and order."""

from importlib.resources import files

import msgspec

from eventstore.codec import Recorded
from eventstore.events.refund import (
    RefundApproved,
    RefundFailed,
    RefundLegBounced,
    RefundLegPaidTwice,
    RefundLegReplaced,
    RefundLegSettled,
    RefundRejected,
    RefundRequested,
    RefundSettled,
)
from projections.models.refunds.queries import RefundedLine
from projections.stores.postgresql.projector import Explained, Projector, step
from projections.stores.postgresql.tables import Table, Writes

_LINES = msgspec.json.Encoder()

# `lines` is the JSON of a list of `RefundedLine`.
REFUNDS = Table(
    "refunds",
    ("refund_id",),
    {
        "refund_id": "text",
        "order_id": "text",
        "amount_minor": "int",
        "currency": "text",
        "status": "text",
        "reason": "text",
        "settled_minor": "int",
        "requested_at": "time",
        "ended_at": "time",
        "position": "int",
        "lines": "text",
    },
    defaults={"settled_minor": 0, "status": "requested"},
)


def on_requested(event: RefundRequested, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        REFUNDS,
        refund_id=event.refund_id,
        order_id=event.order_id,
        amount_minor=event.amount.amount_minor,
        currency=event.amount.currency,
        reason=event.reason,
        requested_at=recorded.envelope.occurred_at,
        position=recorded.position,
        lines=_LINES.encode(
            [
                RefundedLine(
                    line_id=line.line_id,
                    seller_id=line.seller_id,
                    quantity=line.quantity,
                    price_minor=line.price_minor,
                    shipping_minor=line.shipping_minor,
                )
                for line in event.lines
            ]
        ).decode(),
    )


def on_leg_settled(
    event: RefundLegSettled | RefundLegPaidTwice, _: Recorded, writes: Writes
) -> None:
    writes.add(REFUNDS, (event.refund_id,), settled_minor=event.amount.amount_minor)


def on_leg_bounced(event: RefundLegBounced, _: Recorded, writes: Writes) -> None:
    writes.add(REFUNDS, (event.refund_id,), settled_minor=-event.amount.amount_minor)


def on_leg_replaced(event: RefundLegReplaced, _: Recorded, writes: Writes) -> None:
    """Its provider has not answered yet; other legs may still be refused."""
    if not event.owed_minor:
        writes.set(REFUNDS, (event.refund_id,), status="approved", ended_at=None)


PROJECTOR = Projector(
    name="refunds",
    version=2,
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(REFUNDS,),
    explained=Explained(REFUNDS, "refund"),
    handlers={
        RefundRequested: on_requested,
        RefundApproved: step(REFUNDS, "approved", ended=False),
        RefundRejected: step(REFUNDS, "rejected"),
        RefundLegSettled: on_leg_settled,
        RefundLegPaidTwice: on_leg_settled,
        RefundLegBounced: on_leg_bounced,
        RefundLegReplaced: on_leg_replaced,
        RefundSettled: step(REFUNDS, "settled"),
        RefundFailed: step(REFUNDS, "failed"),
    },
    money=True,
)
