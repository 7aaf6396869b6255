"""Cancel an order that is not paid by its deadline; its stock is for sale again.

An order whose payment was taken back has a deadline of its own each time.
"""

from collections.abc import Sequence
from datetime import datetime

from commands.command import Actor
from commands.processes.process import NoState, Process
from commands.processes.reactions import Reaction, Schedule, Unschedule
from commands.streams.order.messages import CancelOrder
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import OrderCancelled, OrderPaid, OrderPlaced, OrderUnpaid


class CancelUnpaidOrder(Process[NoState]):
    name = "cancel-unpaid-order"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case OrderPlaced() | OrderPaid() | OrderUnpaid() | OrderCancelled():
                return event.order_id
            case _:
                return None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        event = recorded.event
        match event:
            case OrderPlaced(order_id=order_id, payment_due_at=due_at):
                return [Schedule(order_id, due_at)]
            case OrderUnpaid(order_id=order_id, payment_due_at=due_at):
                # One that is paid by then refuses to be cancelled.
                return [Schedule(f"{order_id}/{recorded.position}", due_at)]
            case OrderPaid() | OrderCancelled():
                return [Unschedule(event.order_id)]
            case _:
                return []

    def due(self, instance: str, due_at: datetime) -> CancelOrder:
        return CancelOrder(
            by=Actor("system", self.name),
            now=due_at,
            occurred_at=due_at,
            order_id=instance.partition("/")[0],
            reason="not paid in time",
            only_unpaid=True,
        )
