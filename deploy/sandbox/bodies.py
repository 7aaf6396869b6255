"""The request bodies the sandbox takes, and their validation field by field."""

from typing import Annotated, Any

import msgspec

from deploy.sandbox.errors import invalid

_LARGEST = 2**53 - 1  # Beyond this, JSON readers in other languages lose digits.

Amount = Annotated[int, msgspec.Meta(gt=0, le=_LARGEST)]
Currency = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]


class ChargeBody(msgspec.Struct, frozen=True):
    """A request to take money from `source`."""

    amount_minor: Amount
    currency: Currency
    source: Text
    reference: Text


class RefundBody(msgspec.Struct, frozen=True):
    """A request to give back a part or all of `charge`."""

    charge: Text
    amount_minor: Amount
    reference: Text


class PayoutBody(msgspec.Struct, frozen=True):
    """A request to send money to `destination`."""

    amount_minor: Amount
    currency: Currency
    destination: Text
    reference: Text


class SettingsBody(msgspec.Struct, frozen=True):
    """A change of the running settings; what is left out or null stays as it is."""

    webhook_delay_ms: Milliseconds | None = None
    hold_ms: Milliseconds | None = None
    paused: bool | None = None


def parse[T: msgspec.Struct](raw: bytes, shape: type[T]) -> T:
    """Return `raw` as a `shape`, or raise a refusal that names the first field that is wrong."""
    try:
        document = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = "the body is not a JSON object"
        raise invalid(None, message) from error
    fields = {field.name: field for field in msgspec.structs.fields(shape)}
    for name in document:
        if name not in fields:
            raise invalid(name, "unknown field")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in document:
            try:
                values[name] = msgspec.convert(document[name], type=field.type)
            except msgspec.ValidationError as error:
                raise invalid(name, str(error)) from error
        elif field.required:
            raise invalid(name, "required field missing")
    return shape(**values)
