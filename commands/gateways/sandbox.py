"""Adapter to the sandbox provider: HTTP with idempotency keys, signed webhooks."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import httpx
import msgspec
from msgspec import Meta

from commands.gateways.port import (
    Declined,
    Delivery,
    DeliveryMalformed,
    DeliveryTooOld,
    OutcomeUnknown,
    Pending,
    Result,
    SignatureInvalid,
    Succeeded,
    Unreachable,
)
from commands.provider_call import CallKind, ProviderCall

TOLERANCE_S = 300
PATHS: dict[CallKind, str] = {
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "payout": "/v1/payouts",
}


class _Object(msgspec.Struct):
    id: str
    object: CallKind
    status: str
    reference: str
    failure_code: str | None = None


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    id: Annotated[str, Meta(min_length=1, max_length=200)]
    data: _Data


class _Refused(msgspec.Struct):
    object: _Object | None = None


class SandboxProvider:
    """`client` has the provider's base URL and the secret key in its headers."""

    def __init__(self, client: httpx.AsyncClient, webhook_secret: str) -> None:
        self._client = client
        self._webhook_secret = webhook_secret

    async def execute(self, call: ProviderCall) -> Result:
        body: dict[str, object] = {"amount_minor": call.amount.amount_minor, "reference": call.key}
        match call.kind:
            case "charge":
                body |= {"currency": call.amount.currency, "source": call.target}
            case "refund":
                body |= {"charge": call.target}
            case "payout":
                body |= {"currency": call.amount.currency, "destination": call.target}
        try:
            response = await self._client.post(
                PATHS[call.kind], json=body, headers={"Idempotency-Key": call.key}
            )
        except httpx.ConnectError as error:
            raise Unreachable(str(error)) from error
        except httpx.TransportError as error:
            raise OutcomeUnknown(str(error)) from error
        return _read(response)

    async def find(self, kind: CallKind, key: str) -> Result | None:
        try:
            response = await self._client.get(PATHS[kind], params={"idempotency_key": key})
        except httpx.TransportError as error:
            raise Unreachable(str(error)) from error
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return _read(response)

    def open_delivery(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Delivery:
        self._verify(body, headers.get("sandbox-signature", ""), now)
        return self.read_delivery(body)

    def read_delivery(self, body: bytes) -> Delivery:
        try:
            event = msgspec.json.decode(body, type=_Event)
        except msgspec.DecodeError as error:
            raise DeliveryMalformed(str(error)) from error
        subject = event.data.object
        return Delivery(external_id=event.id, kind=subject.object, key=subject.reference)

    def _verify(self, body: bytes, signature: str, now: datetime) -> None:
        parts: dict[str, str] = {}
        for part in signature.split(","):
            name, _, value = part.partition("=")
            parts[name] = value
        at = parts.get("t", "")
        signed = at.encode() + b"." + body
        expected = hmac.new(self._webhook_secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, parts.get("v1", "")) or not at.isdecimal():
            raise SignatureInvalid("The signature does not fit the body.")
        if abs(now.timestamp() - int(at)) > TOLERANCE_S:
            raise DeliveryTooOld("The delivery was signed too long ago.")


def _read(response: httpx.Response) -> Result:
    """Only a definite answer is an outcome; what is not understood is not guessed."""
    if response.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}:
        made = msgspec.json.decode(response.content, type=_Object)
        match made.status:
            case "succeeded" | "paid":
                return Succeeded(made.id)
            case "failed":
                return Declined(made.id, made.failure_code or "failed")
            case _:
                return Pending(made.id)
    if response.status_code == HTTPStatus.PAYMENT_REQUIRED:
        refused = msgspec.json.decode(response.content, type=_Refused).object
        reason = refused.failure_code if refused else None
        return Declined(refused.id if refused else "", reason or "declined")
    if response.status_code in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}:
        return Declined("", _error_type(response))
    if response.status_code == HTTPStatus.GATEWAY_TIMEOUT:
        raise OutcomeUnknown("the provider timed out")
    raise Unreachable(f"the provider answered {response.status_code}")


def _error_type(response: httpx.Response) -> str:
    error = response.json().get("error", {})
    return str(error.get("param") or error.get("type") or "refused")
