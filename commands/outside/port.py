"""What a port to the outside is, what it can answer, and what becomes of a delivery from it.

Result         = Succeeded | Pending | Declined
Unreachable      the call did not happen: try again
OutcomeUnknown   the call may have happened: look it up, never repeat it blindly
AnswerUnclear    an answer that is not understood: no outcome, look it up again
  AnswerMismatch   an answer about another amount, currency or call: a person must look
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, Union, runtime_checkable

import msgspec

from commands.command import Command
from commands.outside.call import OutsideCall
from commands.records.record import Records
from eventstore.values import Money


class Succeeded(msgspec.Struct, frozen=True, gc=False):
    reference: str


class Pending(msgspec.Struct, frozen=True, gc=False):
    """Accepted; the outcome comes by webhook or look-up."""

    reference: str


class Declined(msgspec.Struct, frozen=True, gc=False):
    reference: str
    reason: str


type Result = Succeeded | Pending | Declined


class Unreachable(Exception):
    """The provider did not take the call."""


class OutcomeUnknown(Exception):
    """The provider may have taken the call: nobody answered."""


class AnswerUnclear(Exception):
    """The provider's answer says nothing definite about this call."""


class AnswerMismatch(AnswerUnclear):
    """The provider has something under our key that is not what we asked for."""


class DeliveryRefused(Exception):
    """A webhook delivery that is not the provider's, too old, or not understood."""

    code = "webhook-refused"


class SignatureInvalid(DeliveryRefused):
    code = "webhook-signature-invalid"


class DeliveryTooOld(DeliveryRefused):
    code = "webhook-too-old"


class DeliveryMalformed(DeliveryRefused):
    code = "webhook-malformed"


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the work outside: a struct for each kind of call, and what records results.

    `command_for(call, result, now)` is None for a result that is nothing to record yet.
    """

    name: str
    calls: tuple[type[OutsideCall], ...]
    command_for: Callable[[Any, Result, datetime], Command | None]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(call.kind for call in self.calls)

    @property
    def call_type(self) -> Any:
        """Any of its calls: told apart by their kind, which is kept with them."""
        return Union[self.calls]  # noqa: UP007 - of a tuple

    def decode(self, payload: bytes) -> Any:
        """A call as it was kept."""
        return msgspec.json.decode(payload, type=self.call_type)


class Delivery(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a webhook is about: look the object up by our key and act on what it is now."""

    external_id: str
    kind: str
    key: str


class Report(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a webhook tells that is about no call of ours: a dispute, a bank's return.

    `kind` is the provider's word for it, `object_id` its id of what it is about, `concerns` its id
    of the charge, refund or payout behind it.
    """

    external_id: str
    kind: str
    object_id: str
    concerns: str = ""
    amount: Money | None = None
    happened_at: datetime | None = None


class Acknowledgement(msgspec.Struct, frozen=True):
    """What a provider wants to hear when its delivery has been taken in."""

    body: bytes
    media_type: str = "application/json"


class Adapter(Protocol):
    """Of one provider. A call may be repeated with the same key and then gives the first result.

    Only a definite answer about that very call is a result.
    """

    async def execute(self, call: Any) -> Result:
        """Raises `Unreachable`, `OutcomeUnknown` or an `AnswerUnclear`."""
        ...

    async def find(self, call: Any) -> Result | None:
        """What became of a call, None if the provider never saw it.

        Raises `Unreachable` or an `AnswerUnclear`.
        """
        ...


@runtime_checkable
class Delivering(Adapter, Protocol):
    """Of a provider that also calls us: by GET a delivery is the query, its body else."""

    delivers_by: ClassVar[Literal["POST", "GET"]]

    def open_delivery(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Delivery | Report:
        """Verify a delivery's signature over its raw bytes. Raises a `DeliveryRefused`."""
        ...

    def read_delivery(self, body: bytes) -> Delivery | Report:
        """Read a delivery that was verified before. Raises `DeliveryMalformed`."""
        ...

    def acknowledge(self, *, new: bool) -> Acknowledgement:
        """The answer to a delivery that is stored now, or was before."""
        ...


class Outside(msgspec.Struct, frozen=True):
    """A provider of a port, as deploy has connected it."""

    port: Port
    provider: str
    adapter: Adapter

    @property
    def name(self) -> str:
        """Of its queue: a provider that is slow holds up nobody else."""
        return f"{self.port.name}.{self.provider}"

    @property
    def delivering(self) -> Delivering | None:
        return self.adapter if isinstance(self.adapter, Delivering) else None


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter may need of ours: how long its provider may take, records to look an
    address up in, the time, the code that a notice tells, and the token of one whose id is that of
    a change that it tells how to undo.
    """

    timeout_s: float
    records: Records
    clock: Callable[[], datetime]
    code: Callable[[str], str]
    undo: Callable[[str], str]


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the providers: what its adapter is connected with, and how it is made.

    `settings` is an annotated struct of what the environment must say, under the provider's name;
    `make(settings, host)` gives the adapter.
    """

    port: Port
    name: str
    settings: type[Any]
    make: Callable[[Any, Host], Adapter]
