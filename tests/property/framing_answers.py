"""Reading a final answer off a connection, strictly."""

import asyncio
import re

BODILESS = frozenset({204, 304})


class Broken(Exception):
    """Bytes came that are no answer."""


async def read_answer(reader: asyncio.StreamReader, method: str) -> tuple[int, bytes] | None:
    """Status and all bytes of the final answer; `None` if the connection ended instead."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise Broken(f"half a head: {error.partial!r}") from error
            return None
        if not re.match(rb"HTTP/1\.1 [1-5]\d\d ", head):
            raise Broken(f"no answer: {head!r}")
        status = int(head[9:12])
        if status == 101:
            raise Broken("another protocol")
        if status >= 200:
            break
    lengths = re.findall(rb"\r\ncontent-length: (\d+)", head.lower())
    chunked = b"\r\ntransfer-encoding: chunked" in head.lower()
    if len(lengths) + chunked > 1:
        raise Broken(f"framed twice: {head!r}")
    if method == "HEAD" or status in BODILESS:
        return status, head
    try:
        if lengths:
            return status, head + await reader.readexactly(int(lengths[0]))
        while size := int(await reader.readuntil(b"\r\n"), 16):
            head += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    except (asyncio.IncompleteReadError, ValueError) as error:
        raise Broken(f"half a body after {head!r}") from error
    return status, head
