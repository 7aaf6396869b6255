"""Asking ClickHouse over its HTTP interface, for whatever tables."""

from collections.abc import Mapping

import httpx
import msgspec


class ReportUnavailable(RuntimeError):
    """ClickHouse did not answer."""


def _escaped(value: str) -> str:
    """Parameters are in ClickHouse's escaped text."""
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


async def report[T](
    client: httpx.AsyncClient, query: str, parameters: Mapping[str, str], row: type[T]
) -> list[T]:
    """The rows of a query that ends with `FORMAT JSONEachRow`; its `{name:Type}` are bound."""
    bound = {f"param_{name}": _escaped(value) for name, value in parameters.items()}
    settings = {"output_format_json_quote_64bit_integers": "0"}
    try:
        response = await client.post("/", content=query, params=bound | settings)
    except httpx.TransportError as error:
        raise ReportUnavailable(str(error)) from error
    if response.is_error:
        raise ReportUnavailable(
            f"ClickHouse answered {response.status_code}: {response.text[:500]}"
        )
    return msgspec.json.Decoder(row).decode_lines(response.content)
