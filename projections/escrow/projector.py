"""What is held in escrow for each seller's part of each order."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.escrow import FundsHeld, FundsReleased, FundsReturned
from projections.projector import Projector, Writes

HELD = (
    "INSERT INTO escrow_balances (order_id, seller_id, currency, held_minor, funded_minor)"
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (order_id, seller_id) DO UPDATE SET"
    " held_minor = escrow_balances.held_minor + excluded.held_minor,"
    " funded_minor = escrow_balances.funded_minor + excluded.funded_minor"
)
RELEASED = (
    "UPDATE escrow_balances SET held_minor = held_minor - %s,"
    " released_minor = released_minor + %s WHERE order_id = %s AND seller_id = %s"
)
RETURNED = (
    "UPDATE escrow_balances SET held_minor = held_minor - %s,"
    " returned_minor = returned_minor + %s WHERE order_id = %s AND seller_id = %s"
)


def on_held(event: FundsHeld, _: Recorded, writes: Writes) -> None:
    amount = event.amount
    writes.add(
        HELD,
        event.order_id,
        event.seller_id,
        amount.currency,
        amount.amount_minor,
        amount.amount_minor,
    )


def on_released(event: FundsReleased, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    writes.add(RELEASED, amount, amount, event.order_id, event.seller_id)


def on_returned(event: FundsReturned, _: Recorded, writes: Writes) -> None:
    amount = event.amount.amount_minor
    writes.add(RETURNED, amount, amount, event.order_id, event.seller_id)


PROJECTOR = Projector(
    name="escrow",
    schema=(files(__package__) / "schema.sql").read_text(),
    handlers={FundsHeld: on_held, FundsReleased: on_released, FundsReturned: on_returned},
    money=True,
)
