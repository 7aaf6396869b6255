"""Adapter to the sandbox provider: HTTP with idempotency keys, signed webhooks."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal

import httpx
import msgspec
from msgspec import Meta

from commands.outside.answers import NotReadable, decoded
from commands.outside.payments.call import CallKind, Charge, PaymentCall, Payout, Refund
from commands.outside.payments.port import PAYMENTS
from commands.outside.port import (
    Acknowledgement,
    AnswerMismatch,
    AnswerUnclear,
    Declined,
    Delivery,
    DeliveryMalformed,
    DeliveryTooOld,
    Host,
    OutcomeUnknown,
    Pending,
    Provider,
    Report,
    Result,
    SignatureInvalid,
    Succeeded,
    Unreachable,
)
from eventstore.values import Money

TOLERANCE_S = 300
TIMESTAMP = re.compile(r"[0-9]{1,12}")
PATHS: dict[str, str] = {
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "payout": "/v1/payouts",
}


MADE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
NOT_NOW = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
REFUSED = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
# What the provider has judged and not made. All else is no answer about our call.
REFUSALS = frozenset({"invalid_request", "not_found", "charge_not_refundable", "amount_too_large"})


type Name = Annotated[str, Meta(min_length=1, max_length=200)]
type AwareDatetime = Annotated[datetime, Meta(tz=True)]


class _Object(msgspec.Struct):
    id: Name
    object: CallKind
    status: str
    reference: str
    amount_minor: int
    currency: str | None = None
    failure_code: str | None = None


class _Told(msgspec.Struct):
    """What a delivery tells of an object of ours: enough to look it up."""

    reference: Name


class _Dispute(msgspec.Struct):
    """What a delivery tells of an object that we did not ask for."""

    id: Name
    charge: Name
    amount_minor: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class _Kind(msgspec.Struct):
    object: Name


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    id: Name
    data: _Data
    type: Annotated[str, Meta(max_length=200)] = ""
    created_at: AwareDatetime | None = None


class _Error(msgspec.Struct):
    type: str
    param: str | None = None


class _Refused(msgspec.Struct):
    error: _Error
    object: _Object | None = None


class SandboxProvider:
    """`client` has the provider's base URL and the secret key in its headers."""

    delivers_by: ClassVar[Literal["POST", "GET"]] = "POST"

    def __init__(self, client: httpx.AsyncClient, webhook_secret: str) -> None:
        self._client = client
        self._webhook_secret = webhook_secret

    async def execute(self, call: PaymentCall) -> Result:
        body: dict[str, object] = {"amount_minor": call.amount.amount_minor, "reference": call.key}
        match call:
            case Charge(source=source):
                body |= {"currency": call.amount.currency, "source": source}
            case Refund(charge_reference=charge):
                body |= {"charge": charge}
            case Payout(destination=destination):
                body |= {"currency": call.amount.currency, "destination": destination}
        try:
            response = await self._client.post(
                PATHS[call.kind], json=body, headers={"Idempotency-Key": call.key}
            )
        except httpx.ConnectError as error:
            raise Unreachable(str(error)) from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(str(error)) from error
        if response.status_code in MADE:
            return _result(call, _decoded(response, _Object))
        if response.status_code in NOT_NOW:
            raise Unreachable(f"the provider answered {response.status_code}")
        if response.status_code in REFUSED:
            return _refused(call, response)
        raise OutcomeUnknown(f"the provider answered {response.status_code}")

    async def find(self, call: PaymentCall) -> Result | None:
        try:
            response = await self._client.get(
                PATHS[call.kind], params={"idempotency_key": call.key}
            )
        except httpx.HTTPError as error:
            raise Unreachable(str(error)) from error
        if response.status_code == HTTPStatus.OK:
            return _result(call, _decoded(response, _Object))
        if response.status_code == HTTPStatus.NOT_FOUND:
            if _decoded(response, _Refused).error.type == "not_found":
                return None
        elif response.status_code in NOT_NOW or response.is_server_error:
            raise Unreachable(f"the provider answered {response.status_code}")
        raise AnswerUnclear(f"the provider answered a look-up with {response.status_code}")

    def open_delivery(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Delivery | Report:
        self._verify(body, headers.get("sandbox-signature", ""), now)
        return self.read_delivery(body)

    def read_delivery(self, body: bytes) -> Delivery | Report:
        try:
            event = msgspec.json.decode(body, type=_Event)
            raw = event.data.object
            kind = msgspec.json.decode(raw, type=_Kind).object
            if kind in PATHS:
                told = msgspec.json.decode(raw, type=_Told)
                return Delivery(external_id=event.id, kind=kind, key=told.reference)
            dispute = msgspec.json.decode(raw, type=_Dispute)
        except msgspec.DecodeError as error:
            raise DeliveryMalformed(str(error)) from error
        return Report(
            external_id=event.id,
            kind=event.type,
            object_id=dispute.id,
            concerns=dispute.charge,
            amount=Money(dispute.amount_minor, dispute.currency),
            happened_at=event.created_at,
        )

    def acknowledge(self, *, new: bool) -> Acknowledgement:
        return Acknowledgement(msgspec.json.encode({"received": True, "duplicate": not new}))

    def _verify(self, body: bytes, signature: str, now: datetime) -> None:
        parts: dict[str, str] = {}
        for part in signature.split(","):
            name, _, value = part.partition("=")
            parts[name] = value
        at = parts.get("t", "")
        signed = at.encode() + b"." + body
        expected = hmac.new(self._webhook_secret.encode(), signed, hashlib.sha256).hexdigest()
        given = parts.get("v1", "").encode()
        if not hmac.compare_digest(expected.encode(), given) or not TIMESTAMP.fullmatch(at):
            raise SignatureInvalid("The signature does not fit the body.")
        if abs(now.timestamp() - int(at)) > TOLERANCE_S:
            raise DeliveryTooOld("The delivery was signed too long ago.")


def _decoded[T](response: httpx.Response, shape: type[T]) -> T:
    try:
        return decoded(response.content, shape)
    except NotReadable as error:
        raise AnswerUnclear(f"an answer {response.status_code} of no known shape") from error


def _result(call: PaymentCall, made: _Object) -> Result:
    """Of the object that the provider has under our key, if it is the one that we asked for."""
    asked = (call.kind, call.key, call.amount.amount_minor)
    if (made.object, made.reference, made.amount_minor) != asked:
        raise AnswerMismatch(f"the provider has {made.id} for another call or amount")
    if made.currency not in {None, call.amount.currency}:
        raise AnswerMismatch(f"the provider has {made.id} in another currency")
    match made.status:
        case "succeeded" | "paid":
            return Succeeded(made.id)
        case "failed":
            return Declined(made.id, made.failure_code or "failed")
        case "pending":
            return Pending(made.id)
        case _:
            raise AnswerUnclear(f"{made.id} is in the unknown status {made.status[:40]!r}")


def _refused(call: PaymentCall, response: httpx.Response) -> Result:
    """A refusal is an outcome when it says that it is about what we asked for."""
    refused = _decoded(response, _Refused)
    if refused.object is not None:
        return _result(call, refused.object)
    if refused.error.type == "idempotency_conflict":
        raise AnswerMismatch("the provider has our key for another call")
    if refused.error.type not in REFUSALS:
        raise AnswerUnclear(f"the provider refused with {refused.error.type[:40]!r}")
    return Declined("", refused.error.param or refused.error.type)


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    url: Annotated[
        str,
        Meta(
            description="URL of the sandbox payment provider; if set, it is not embedded",
            extra={"url": ("http", "https")},
        ),
    ]
    secret_key: Annotated[str, Meta(description="our key to it", extra={"secret": True})]
    webhook_secret: Annotated[
        str, Meta(description="what its deliveries are signed with", extra={"secret": True})
    ]


def make(settings: SandboxSettings, host: Host) -> SandboxProvider:
    client = httpx.AsyncClient(
        base_url=settings.url,
        headers={"Authorization": f"Bearer {settings.secret_key}"},
        timeout=host.timeout_s,
    )
    return SandboxProvider(client, settings.webhook_secret)


SANDBOX = Provider(port=PAYMENTS, name="sandbox", settings=SandboxSettings, make=make)
