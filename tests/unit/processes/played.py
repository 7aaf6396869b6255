"""Process managers: given these events, these reactions."""

from collections.abc import Iterable
from typing import Any

from commands.command import Actor, Command
from commands.idempotency import derived_id
from commands.processes.process import Process
from commands.processes.reactions import Do, Reaction, Schedule
from commands.streams.refund.messages import RequestRefund
from eventstore.codec import Recorded, name_of
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderPaymentRecorded,
)
from eventstore.values import Money
from tests.given import at
from tests.unit.samples import AT, ENVELOPE

EUR = Money(1000, "EUR")


def played(process: Process[Any], events: Iterable[Event]) -> list[Reaction]:
    """Every reaction to the events in this order."""
    states: dict[str, Any] = {}
    reactions: list[Reaction] = []
    for position, event in enumerate(events, start=1):
        instance = process.interested(event)
        if instance is None:
            continue
        before = states.get(instance, process.state_type())
        states[instance] = process.evolve(before, event)
        recorded = Recorded(
            position=position,
            stream=event.stream,
            version=1,
            name=name_of(event),
            envelope=ENVELOPE,
            event=event,
        )
        reactions += process.react(states[instance], recorded)
    return reactions


def due(process: Process[Any], scheduled: Reaction) -> Command:
    """What the process asks for when the deadline that it has set has come."""
    assert isinstance(scheduled, Schedule)
    return process.due(scheduled.instance, scheduled.due_at)


def commands(reactions: Iterable[Reaction]) -> dict[str, Any]:
    return {
        reaction.command_id: reaction.command for reaction in reactions if isinstance(reaction, Do)
    }


def refund_by(process: str, *because_of: str, **asked: Any) -> RequestRefund:
    """What a process asks for, to be approved at once; its id is derived from what it is for."""
    facts: dict[str, Any] = {"order_id": "o1", "approve": True, **asked}
    refund_id = derived_id(process, *because_of)
    return RequestRefund(refund_id=refund_id, **facts, **at(Actor("system", process), AT))


def paid(payment_id: str, order_id: str = "o1") -> Event:
    return OrderPaymentRecorded(
        order_id=order_id,
        payment_id=payment_id,
        provider="sandbox",
        method="card",
        charge_reference="ch",
        amount=EUR,
    )


CANCELLED = OrderCancelled(order_id="o1", reason="r")
