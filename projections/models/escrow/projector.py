"""What is held in escrow for each seller's part of each order."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.escrow import (
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    FundsReleased,
    FundsReturned,
    LossRecovered,
)
from projections.stores.postgresql.projector import Explained, Projector
from projections.stores.postgresql.tables import Table, Writes

BALANCES = Table(
    "escrow_balances",
    (
        "order_id",
        "seller_id",
    ),
    {
        "order_id": "text",
        "seller_id": "text",
        "currency": "text",
        "held_minor": "int",
        "funded_minor": "int",
        "released_minor": "int",
        "returned_minor": "int",
        "charged_back_minor": "int",
    },
    defaults={"released_minor": 0, "returned_minor": 0, "charged_back_minor": 0},
    sums=(
        "held_minor",
        "funded_minor",
    ),
)


def on_held(event: FundsHeld, _: Recorded, writes: Writes) -> None:
    writes.upsert(
        BALANCES,
        order_id=event.order_id,
        seller_id=event.seller_id,
        currency=event.amount.currency,
        held_minor=event.amount.amount_minor,
        funded_minor=event.amount.amount_minor,
    )


def on_released(event: FundsReleased, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    key = (event.order_id, event.seller_id)
    writes.add(BALANCES, key, held_minor=-amount, released_minor=amount)


def on_returned(event: FundsReturned, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    key = (event.order_id, event.seller_id)
    writes.add(BALANCES, key, held_minor=-amount, returned_minor=amount)


def on_charged_back(event: FundsChargedBack, _: Recorded, writes: Writes) -> None:
    """What had been released is no longer funded by any charge that counts."""
    amount, released = event.amount.amount_minor, event.released_minor
    key = (event.order_id, event.seller_id)
    writes.add(
        BALANCES,
        key,
        held_minor=-amount,
        funded_minor=-amount - released,
        charged_back_minor=released,
    )


def on_reinstated(event: FundsReinstated, _: Recorded, writes: Writes) -> None:
    amount, recovered = event.amount.amount_minor, event.recovered_minor
    writes.upsert(
        BALANCES,
        order_id=event.order_id,
        seller_id=event.seller_id,
        currency=event.amount.currency,
        held_minor=amount,
        funded_minor=amount + recovered,
    )
    if recovered:
        writes.add(BALANCES, (event.order_id, event.seller_id), charged_back_minor=-recovered)


def on_loss_recovered(event: LossRecovered, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    key = (event.order_id, event.seller_id)
    writes.add(BALANCES, key, funded_minor=amount, charged_back_minor=-amount)


PROJECTOR = Projector(
    name="escrow",
    version=2,
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(BALANCES,),
    explained=Explained(BALANCES, "escrow"),
    handlers={
        FundsHeld: on_held,
        FundsReleased: on_released,
        FundsReturned: on_returned,
        FundsChargedBack: on_charged_back,
        FundsReinstated: on_reinstated,
        LossRecovered: on_loss_recovered,
    },
    money=True,
)
