"""Turns one HTTP request of the ClickHouse interface into a statement and its context."""

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from email import message_from_bytes, policy
from functools import partial
from importlib import import_module
from typing import Final, Protocol, cast

import msgspec

from deploy.embedded.clickhouse_errors import ClickHouseError
from deploy.embedded.clickhouse_statement import Statement, read_statement

BODY_LIMIT: Final = 64 * 1024 * 1024
DEFAULT_FORMAT: Final = "TabSeparated"

# Parameters of the transport itself: a real server takes them from the URL as well, and what
# they ask for is either done elsewhere or has no meaning for an engine in the same process.
_TRANSPORT: Final = frozenset(
    {
        *("query", "query_id", "database", "default_format", "user", "password", "role"),
        *("quota_key", "session_id", "session_timeout", "session_check", "close_session"),
        *("client_protocol_version", "buffer_size", "wait_end_of_query", "stacktrace"),
        *("compress", "decompress", "enable_http_compression"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
    }
)
_OUTPUT_FORMAT: Final = re.compile(
    rb"\bFORMAT\s+(\w+)(?:\s+SETTINGS\b[^()]*)?[\s;]*\Z", re.IGNORECASE
)
_SETTING_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Call(msgspec.Struct, frozen=True):
    """A statement with the database, settings and parameters it runs with."""

    statement: Statement
    output_format: str = DEFAULT_FORMAT
    database: str = ""
    settings: Mapping[str, str] = {}
    params: Mapping[str, str] = {}


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


def too_large() -> ClickHouseError:
    """Return the refusal for a body, sent or unpacked, over the limit."""
    return ClickHouseError.named(
        307, "TOO_MANY_BYTES", f"The request body is larger than {BODY_LIMIT} bytes"
    )


def _untyped(start: object) -> Callable[[], _Decompressor]:
    return cast("Callable[[], _Decompressor]", start)


def _decompressor(encoding: str) -> Callable[[], _Decompressor]:
    match encoding:
        case "gzip":
            return _untyped(partial(zlib.decompressobj, wbits=zlib.MAX_WBITS | 16))
        case "deflate":
            return _untyped(zlib.decompressobj)
        # Both come with the client library, but only as long as that wants them.
        case "zstd":
            return _untyped(import_module("backports.zstd").ZstdDecompressor)
        case "lz4":
            return _untyped(import_module("lz4.frame").LZ4FrameDecompressor)
        case _:
            message = f"Unknown content encoding {encoding!r}"
            raise ClickHouseError.named(89, "UNKNOWN_COMPRESSION_METHOD", message)


def unpack(body: bytes, encoding: str) -> bytes:
    """Undo the content encoding, reading every frame in a row and never beyond the limit."""
    if encoding in {"", "identity"} or not body:
        return body
    start = _decompressor(encoding)
    plain = bytearray()
    rest = body
    try:
        while rest:
            frame = start()
            plain += frame.decompress(rest, max_length=BODY_LIMIT + 1 - len(plain))
            if len(plain) > BODY_LIMIT:
                raise too_large()
            if not frame.eof:
                break
            rest = frame.unused_data or b""
        else:
            return bytes(plain)
    except (zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        message = f"Cannot decompress the request body: {error}"
        raise ClickHouseError.named(117, "INCORRECT_DATA", message) from error
    raise ClickHouseError.named(117, "INCORRECT_DATA", "The compressed request body is cut short")


def _form_fields(body: bytes, content_type: str) -> dict[str, bytes]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    fields: dict[str, bytes] = {}
    for part in message_from_bytes(head + body, policy=policy.HTTP).iter_parts():
        if part.get_filename() is not None:
            message = "External data is not supported by the embedded server"
            raise ClickHouseError.named(48, "NOT_IMPLEMENTED", message)
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content
    return fields


def _settings(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    settings = {
        name: value
        for name, value in items
        if name not in _TRANSPORT and not name.startswith("param_")
    }
    for name in settings:
        if not _SETTING_NAME.match(name):
            raise ClickHouseError.named(115, "UNKNOWN_SETTING", f"Unknown setting {name!r}")
    return settings


def _params(items: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("param_"): value
        for name, value in items.items()
        if name.startswith("param_")
    }


def read_call(
    url: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    readonly: bool,
    refused: frozenset[str] = frozenset(),
) -> Call:
    """Read the whole request; `readonly` is how the server treats a GET.

    `refused` are the functions that no statement may call, in lower case.
    """
    if "1" in {url.get("compress"), url.get("decompress")}:
        message = "The native compressed stream is not supported by the embedded server"
        raise ClickHouseError.named(48, "NOT_IMPLEMENTED", message)
    plain = unpack(body, headers.get("content-encoding", "").strip().lower())
    items = dict(url)
    content_type = headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        fields = _form_fields(plain, content_type)
        plain = fields.pop("query", b"")
        items.update({name: value.decode(errors="replace") for name, value in fields.items()})
    parts = [part for part in (url.get("query", "").encode(), plain) if part]
    sql = b"\n".join(parts)
    params = _params(items)
    settings = _settings(items.items())
    if readonly:
        settings.setdefault("readonly", "2")
    output = _OUTPUT_FORMAT.search(sql[-512:])
    asked = items.get("default_format") or headers.get("x-clickhouse-format") or DEFAULT_FORMAT
    return Call(
        # The engine takes no parameters next to a data stream, so such rows stay in the text.
        statement=read_statement(sql, refused, values_are_data=not params),
        output_format=output[1].decode() if output else asked,
        database=items.get("database") or headers.get("x-clickhouse-database", ""),
        settings=settings,
        params=params,
    )
