"""The whole write side in memory: deciders, process managers, deadlines, calls owed, webhooks.

What the tables of the process managers keep is kept here under the same keys and by the same
rules; everything that decides is the product's own.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec

from commands.command import Actor, Command, Policy
from commands.outside.payments.call import CallKind, PaymentCall
from commands.outside.payments.outcomes import command_for
from commands.outside.port import Result
from commands.process_managers import managers_of
from commands.processes.process import Process
from commands.processes.reactions import Call, CallDone, Do, Reaction, Schedule, Unschedule
from commands.streams.order.state import Order
from commands.streams.refund.state import Refund
from eventstore.codec import Recorded, name_of
from eventstore.errors import Refused
from eventstore.events.base import Event
from eventstore.events.refund import RefundRequested
from eventstore.postings import postings
from eventstore.values import Envelope
from tests.given import NOW, OPERATOR, World, at
from tests.property.simulated_provider import SimulatedProvider

DAY_S = 86_400
ROUNDS_MAX = 400
SWEEPS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))


class Deadline(msgspec.Struct):
    due_at: datetime | None = None
    done: bool = False
    refused: bool = False


class Owed(msgspec.Struct):
    call: PaymentCall
    done_at: datetime | None = None
    swept: int = 0


class Simulation:
    """One market from its first seller on. `trace` tells what was asked, and what came of it."""

    def __init__(self, chance: Random, policy: Policy) -> None:
        self.chance = chance
        self.policy = policy
        self.now = NOW
        self.world = World(policy=policy)
        self.log: list[Recorded] = []
        self.balances: Counter[str] = Counter()
        self.trace: list[str] = []
        self.provider = SimulatedProvider(chance, lambda: self.now)
        self.owed: dict[tuple[CallKind, str], Owed] = {}
        self.deadlines: dict[tuple[str, str], Deadline] = {}
        self.inbox: list[tuple[CallKind, str]] = []
        self._processes: Sequence[Process[Any]] = managers_of(policy)
        self._states: dict[tuple[str, str], Any] = {}
        self._sent: set[str] = set()
        self._processed = 0

    def at(self, by: Actor = OPERATOR) -> dict[str, Any]:
        return at(by=by, now=self.now)

    def send(self, command: Command, command_id: str | None = None) -> Refused | list[Event]:
        """What the store does with a command: once an id, all or nothing."""
        if command_id in self._sent:
            return []
        try:
            events = self.world.decide(command)
        except Refused as refusal:
            return refusal
        if command_id is not None:
            self._sent.add(command_id)
        self.trace.append(f"{command} -> {', '.join(type(event).__name__ for event in events)}")
        for event in events:
            self._record(event, command)
        self._books_hold()
        return events

    def _record(self, event: Event, command: Command) -> None:
        envelope = Envelope(
            occurred_at=command.occurred_at,
            recorded_at=command.now,
            actor=str(command.by),
            command_id="",
            correlation_id="",
            causation_id="",
        )
        self.log.append(
            Recorded(
                position=len(self.log) + 1,
                stream=event.stream,
                version=1,
                name=name_of(event),
                envelope=envelope,
                event=event,
            )
        )
        for posting in postings(event):
            self.balances[posting.account] += posting.amount_minor

    def _books_hold(self) -> None:
        assert sum(self.balances.values()) == 0
        for account, balance in self.balances.items():
            if account.startswith(("escrow:", "seller_payable:")):
                assert balance >= 0, (account, balance)
            if account.startswith("seller_debt:"):
                assert balance <= 0, (account, balance)

    # What the part `processes` does.

    def process(self, events_max: int | None = None) -> bool:
        """A batch of events: commands go out in any order, then the tables are written."""
        upto = None if events_max is None else self._processed + events_max
        batch = self.log[self._processed : upto]
        kept: list[tuple[str, Reaction]] = []
        asked: list[Do] = []
        for process in self._processes:
            for recorded in batch:
                for reaction in self._react(process, recorded):
                    if isinstance(reaction, Do):
                        asked.append(reaction)
                    else:
                        kept.append((process.name, reaction))
        self._processed += len(batch)
        self.chance.shuffle(asked)
        for do in asked:
            self.send(do.command, do.command_id)
        for name, reaction in kept:
            self._keep(name, reaction)
        return bool(batch)

    def _react(self, process: Process[Any], recorded: Recorded) -> Sequence[Reaction]:
        instance = process.interested(recorded.event)
        if instance is None:
            return []
        key = (process.name, instance)
        before = self._states.get(key, process.state_type())
        self._states[key] = process.evolve(before, recorded.event)
        return process.react(self._states[key], recorded)

    def _keep(self, name: str, reaction: Reaction) -> None:
        match reaction:
            case Schedule(instance=instance, due_at=due_at):
                deadline = self.deadlines.setdefault((name, instance), Deadline())
                deadline.due_at = due_at
                deadline.done = deadline.done and not deadline.refused
                deadline.refused = False
            case Unschedule(instance=instance):
                deadline = self.deadlines.setdefault((name, instance), Deadline())
                deadline.done, deadline.refused = True, False
            case Call(call=call):
                self.owed.setdefault((call.kind, call.key), Owed(call))
            case CallDone(kind=kind, key=key):
                if owed := self.owed.get((kind, key)):
                    owed.done_at, owed.swept = self.now, 0
            case Do():
                raise AssertionError(reaction)

    def fire(self) -> None:
        """Deadlines that are due, the earliest first."""
        due = [
            (key, deadline)
            for key, deadline in self.deadlines.items()
            if not deadline.done and deadline.due_at is not None and deadline.due_at <= self.now
        ]
        for (name, instance), deadline in sorted(due, key=lambda one: str(one[1].due_at)):
            assert deadline.due_at is not None
            process = next(one for one in self._processes if one.name == name)
            asked = process.due(instance, deadline.due_at)
            command = msgspec.structs.replace(asked, now=self.now)
            deadline.refused = isinstance(self.send(command, f"{name}/{instance}"), Refused)
            deadline.done = True

    def call(self) -> None:
        """The worker: each call that is owed, looked up first."""
        for owed in list(self.owed.values()):
            if owed.done_at is None:
                result = self.provider.find(owed.call) or self.provider.execute(owed.call)
                self._learn(owed.call, result, "call")

    def sweep(self) -> None:
        """Calls that are done are looked at again, some times."""
        for owed in list(self.owed.values()):
            if owed.done_at is None or owed.swept >= len(SWEEPS):
                continue
            if self.now >= owed.done_at + SWEEPS[owed.swept]:
                owed.swept += 1
                if result := self.provider.find(owed.call):
                    self._learn(owed.call, result, f"sweep/{self.now}")

    def deliver(self) -> None:
        """The provider's news, and what each object has become by now."""
        self.inbox += self.provider.news
        self.provider.news = []
        waiting, self.inbox = self.inbox, []
        for number, (kind, key) in enumerate(waiting):
            owed = self.owed.get((kind, key))
            if owed is None:
                self.inbox.append((kind, key))  # The log has not been read so far yet.
            elif result := self.provider.find(owed.call):
                self._learn(owed.call, result, f"webhook/{len(self.trace)}/{number}")

    def _learn(self, call: PaymentCall, result: Result, source: str) -> None:
        command = command_for(call, result, self.now)
        if command is not None:
            command_id = f"{source}/{call.kind}/{call.key}/{type(command).__name__}"
            self.send(command, command_id)

    def settle(self) -> None:
        """Until nothing moves any more at this hour."""
        for _ in range(ROUNDS_MAX):
            before = len(self.log)
            processed = self.process()
            changed = self.provider.changes()
            self.deliver()
            self.call()
            self.fire()
            if not processed and not changed and len(self.log) == before:
                return
        raise AssertionError("the market never comes to rest")

    # What there is.

    def orders(self) -> list[Order]:
        streams = dict.fromkeys(one.stream for one in self.log if one.stream.startswith("order-"))
        return [self.world.state(stream) for stream in streams]

    def refunds(self) -> list[Refund]:
        made = [one.event for one in self.log if isinstance(one.event, RefundRequested)]
        return [self.world.state(event.stream) for event in made]
