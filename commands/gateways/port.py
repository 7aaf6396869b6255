"""The port to payment providers, and what a provider can answer.

Result         = Succeeded | Pending | Declined
Unreachable      the call did not happen: try again
OutcomeUnknown   the call may have happened: look it up, never repeat it blindly
AnswerUnclear    an answer that is not understood: no outcome, look it up again
  AnswerMismatch   an answer about another amount, currency or call: a person must look
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from commands.provider_call import CallKind, ProviderCall


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


class Delivery(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a webhook is about: look the object up by our key and act on what it is now."""

    external_id: str
    kind: CallKind
    key: str


class PaymentProvider(Protocol):
    """Every call may be repeated with the same key and then gives the first result.

    Only a definite answer about that very call is a result.
    """

    async def execute(self, call: ProviderCall) -> Result:
        """Raises `Unreachable`, `OutcomeUnknown` or an `AnswerUnclear`."""
        ...

    async def find(self, call: ProviderCall) -> Result | None:
        """What became of a call, None if the provider never saw it.

        Raises `Unreachable` or an `AnswerUnclear`.
        """
        ...

    def open_delivery(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Delivery:
        """Verify a delivery's signature over its raw bytes. Raises a `DeliveryRefused`."""
        ...

    def read_delivery(self, body: bytes) -> Delivery:
        """Read a delivery that was verified before. Raises `DeliveryMalformed`."""
        ...
