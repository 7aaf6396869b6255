"""What every carrier of text messages has in common: whom it goes to, what it says, one request."""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from commands.outside.answers import NotReadable, decoded
from commands.outside.port import Declined, Host, OutcomeUnknown, Unreachable
from commands.outside.sms.call import SendText
from commands.outside.sms.texts import text
from commands.records.contacts.queries import address_of


class Message(msgspec.Struct, frozen=True):
    """`to` is the number in digits, as carriers want it."""

    to: str
    text: str


async def message_of(call: SendText, host: Host) -> Message | Declined:
    """Or why there is none to send."""
    if call.expires_at is not None and host.clock() >= call.expires_at:
        return Declined("", "expired")
    said = text(call.template, host.code(call.key), host.undo(call.key))
    if said is None:
        return Declined("", "no-text")
    number = await number_of(call, host)
    return Message(number, said) if number else Declined("", "no-address")


async def number_of(call: SendText, host: Host) -> str:
    async with host.records.connection() as connection:
        found = await address_of(connection, call.contact_id)
    return (found or "").removeprefix("+")


async def asked(
    client: httpx.AsyncClient, method: str, url: str, form: Mapping[str, str]
) -> dict[str, Any]:
    """A JSON object. Raises `Unreachable` or `OutcomeUnknown`."""
    query = {"params": dict(form)} if method == "GET" else {"data": dict(form)}
    try:
        response = await client.request(method, url, **query)  # type: ignore[arg-type]
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL) as error:
        raise Unreachable(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise OutcomeUnknown(type(error).__name__) from error
    if response.is_server_error:
        raise OutcomeUnknown(f"the carrier answered {response.status_code}")
    try:
        return decoded(response.content, dict[str, Any])
    except NotReadable as error:
        raise OutcomeUnknown(f"the carrier answered {response.status_code} and no JSON") from error
