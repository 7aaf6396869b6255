"""Process managers: given these events, these reactions."""

from collections.abc import Iterable
from typing import Any

from commands.command import Command
from commands.processes.process import Process
from commands.processes.reactions import Do, Reaction, Schedule
from eventstore.codec import Recorded, name_of
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderPaymentRecorded,
)
from eventstore.values import Money
from tests.unit.samples import ENVELOPE

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
