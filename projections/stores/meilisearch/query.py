"""Asking Meilisearch, for whatever index."""

from http import HTTPStatus
from typing import Any

import httpx
import msgspec


class SearchUnavailable(RuntimeError):
    """The search server did not answer."""


class SearchRefused(ValueError):
    """The search server did not understand the filter or the sort."""


async def search_in[T](
    client: httpx.AsyncClient, index: str, body: dict[str, Any], result: type[T]
) -> T:
    """`client` has the search server's base URL and key, `body` is in the server's own words."""
    try:
        response = await client.post(f"/indexes/{index}/search", json=body)
    except httpx.TransportError as error:
        raise SearchUnavailable(str(error)) from error
    if response.status_code == HTTPStatus.BAD_REQUEST:
        raise SearchRefused(str(response.json().get("message", "")))
    if response.is_error:
        raise SearchUnavailable(f"the search server answered {response.status_code}")
    return msgspec.json.decode(response.content, type=result)
