"""One request to a provider, and what of its answer may be believed.

A refusal is what the protocol calls one (`invalid_grant`, a 401 of a token just given); everything
else that is no answer is nobody's fault that we know of.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from commands.outside.answers import NotReadable, decoded
from commands.outside.identity.provider import IdentityRefused, ProviderAway

ANSWER_BYTES_MAX = 256 * 1024
# Of RFC 6749 and its kin: what somebody brought is wrong. Others say that we are.
THEIRS = frozenset({"invalid_grant", "access_denied", "bad_verification_code"})


async def asked(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A JSON object. Raises `IdentityRefused` or `ProviderAway`."""
    try:
        async with client.stream(
            method, url, data=form, headers={"Accept": "application/json", **(headers or {})}
        ) as response:
            body = await _whole(response)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderAway(type(error).__name__) from error
    answer = _object(body, response.status_code)
    if response.status_code == HTTPStatus.OK and "error" not in answer:
        return answer
    if answer.get("error") in THEIRS:
        raise IdentityRefused
    raise ProviderAway(f"the provider answered {response.status_code}")


def text(answer: Mapping[str, Any], name: str) -> str:
    """Of a field that must be there; numbers are ids too. Raises `ProviderAway`."""
    found = answer.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str) or not found:
        raise ProviderAway(f"the provider's answer has no {name}")
    return found


def optional(answer: Mapping[str, Any], name: str) -> str:
    """Of a field that need not be there."""
    found = answer.get(name)
    return found if isinstance(found, str) else ""


async def _whole(response: httpx.Response) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            raise ProviderAway("the provider's answer is too long")
    return body


def _object(body: bytes, status: int) -> dict[str, Any]:
    try:
        return decoded(body, dict[str, Any])
    except NotReadable as error:
        raise ProviderAway(f"the provider answered {status} and no JSON") from error
