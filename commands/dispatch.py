"""Commands to the store: who caused them goes into the envelope, what they did into the log."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from commands.command import Command, Policy
from commands.idempotency import body_hash
from commands.refusals import TextLooksSealed
from commands.stream import States
from commands.write_model import ANSWERS, HANDLERS, streams_of
from eventstore.batch import Outcome, Request
from eventstore.events.base import Event
from eventstore.heads import Read
from eventstore.personal import sealed_fields
from eventstore.values import Envelope
from eventstore.vault import LooksSealed

# What is sealed before anybody decides on it: rules never see such a text.
SEALED: dict[type[Command], tuple[str, ...]] = {
    command: fields for command in HANDLERS if (fields := sealed_fields(command))
}

type Seal = Callable[[str, Mapping[str, str]], Awaitable[dict[str, str]]]


class Cause(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`command_id` makes the command happen once; the next two tell its story.

    `session` is the one of staff that it was asked in.
    """

    command_id: str
    correlation_id: str
    causation_id: str
    session: str = ""


class Store(Protocol):
    async def execute(self, request: Request) -> Outcome: ...


class NothingSeals(RuntimeError):
    """A command with sealed fields met a dispatch without a vault: nothing is stored in clear."""


class Dispatch:
    """Raises a `Refusal`, or what `EventStore.execute` raises.

    `expected` is a stream and the version of it that the caller saw (If-Match).
    """

    def __init__(self, store: Store, policy: Policy, seal: Seal | None = None) -> None:
        self._store = store
        self._policy = policy
        self._seal = seal

    async def __call__(
        self,
        command: Command,
        cause: Cause,
        *,
        hashed: bytes | None = None,
        expected: tuple[str, int] | None = None,
    ) -> Outcome:
        if type(command) in SEALED:
            # A hash of the request would tell of its text when the key is long erased.
            command, hashed = await self._sealed(command), None
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
                    account=command.by.account,
                    session=cause.session,
                ),
                decide=decide,
                streams=lambda: streams_of(command),
                expected=expected,
            )
        )

    async def _sealed(self, command: Command) -> Command:
        """The same text is sealed the same way each time: a repeated command stays the same."""
        if self._seal is None:
            raise NothingSeals(type(command).__name__)
        texts = {name: getattr(command, name) for name in SEALED[type(command)]}
        try:
            sealed = await self._seal(command.sealed_for, texts)
        except LooksSealed as error:
            raise TextLooksSealed(str(error), field=error.field) from error
        return msgspec.structs.replace(command, **sealed)
