"""One question to a register, and its answer as it came."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from commands.outside.answers import NotReadable, decoded
from commands.outside.port import AnswerUnclear, Host, Unreachable
from commands.outside.tax.call import CheckSeller
from commands.records.requisites import queries as requisites
from commands.records.requisites.queries import Details


class Answer(msgspec.Struct, frozen=True):
    """`evidence` is the SHA-256 of the bytes."""

    status: int
    body: dict[str, Any]
    evidence: str


async def details_of(call: CheckSeller, host: Host) -> Details | None:
    async with host.records.connection() as connection:
        return await requisites.of(connection, call.details_id)


async def asked(
    client: httpx.AsyncClient,
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """To ask twice costs a question: whatever is not answered is asked again.

    Raises `Unreachable` or `AnswerUnclear`.
    """
    try:
        response = await client.post(url, json=dict(body), headers=dict(headers or {}))
    except httpx.HTTPError as error:
        raise Unreachable(type(error).__name__) from error
    if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise Unreachable(f"the register answered {response.status_code}")
    try:
        found = decoded(response.content, dict[str, Any])
    except NotReadable as error:
        raise AnswerUnclear(f"the register answered {response.status_code} and no JSON") from error
    evidence = hashlib.sha256(response.content).hexdigest()
    return Answer(response.status_code, found, evidence)
