"""Cancel an order that is not paid by its deadline; its stock is for sale again."""

from collections.abc import Sequence

from commands.command import Actor
from commands.order.messages import CancelOrder
from commands.processes.process import NoState
from commands.processes.reactions import Reaction, Schedule, Unschedule
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import OrderCancelled, OrderPaid, OrderPlaced


class CancelUnpaidOrder:
    name = "cancel-unpaid-order"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case OrderPlaced() | OrderPaid() | OrderCancelled():
                return event.order_id
            case _:
                return None

    def evolve(self, state: NoState, event: Event) -> NoState:  # noqa: ARG002 - nothing to remember
        return state

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        event = recorded.event
        match event:
            case OrderPlaced(payment_due_at=due_at):
                cancel = CancelOrder(
                    by=Actor("system", self.name),
                    now=due_at,
                    occurred_at=due_at,
                    order_id=event.order_id,
                    reason="not paid in time",
                    only_unpaid=True,
                )
                return [Schedule(event.order_id, due_at, cancel)]
            case OrderPaid() | OrderCancelled():
                return [Unschedule(event.order_id)]
            case _:
                return []
