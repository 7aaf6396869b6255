"""Commands to the store: who caused them goes into the envelope, what they did into the log."""

from typing import Protocol

import msgspec

from commands.command import Command, Policy
from commands.idempotency import body_hash
from commands.stream import States
from commands.write_model import ANSWERS, HANDLERS, streams_of
from eventstore.batch import Outcome, Request
from eventstore.events.base import Event
from eventstore.heads import Read
from eventstore.values import Envelope


class Cause(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`command_id` makes the command happen once; the other two tell its story."""

    command_id: str
    correlation_id: str
    causation_id: str


class Store(Protocol):
    async def execute(self, request: Request) -> Outcome: ...


class Dispatch:
    """Raises a `Refusal`, or what `EventStore.execute` raises.

    `expected` is a stream and the version of it that the caller saw (If-Match).
    """

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    async def __call__(
        self,
        command: Command,
        cause: Cause,
        *,
        hashed: bytes | None = None,
        expected: tuple[str, int] | None = None,
    ) -> Outcome:
        handler = HANDLERS[type(command)]
        policy = self._policy

        def decide(read: Read) -> tuple[list[Event], bytes]:
            events, answer = handler(command, States(read), policy)
            return events, ANSWERS.encode(answer)

        return await self._store.execute(
            Request(
                command_id=cause.command_id,
                body_hash=body_hash(command) if hashed is None else hashed,
                envelope=Envelope(
                    occurred_at=command.occurred_at,
                    recorded_at=command.now,
                    actor=str(command.by),
                    command_id=cause.command_id,
                    correlation_id=cause.correlation_id,
                    causation_id=cause.causation_id,
                ),
                decide=decide,
                streams=lambda: streams_of(command),
                expected=expected,
            )
        )
