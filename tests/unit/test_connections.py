"""Kept connections: used again while they are fresh, never when the server may be closing them."""

import asyncio
import contextlib

import pytest

from deploy.http import connections
from deploy.http.connections import Connections

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.mark.parametrize(("idle_s", "opened"), [(60.0, 1), (0.0, 3)])
def test_a_connection_that_has_rested_too_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, idle_s: float, opened: int
) -> None:
    monkeypatch.setattr(connections, "IDLE_S", idle_s)
    seen = 0
    ended = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        with contextlib.suppress(ConnectionError):
            while await reader.readline():
                while (await reader.readline()).strip():
                    pass
                writer.write(ANSWER)
                await writer.drain()
        writer.close()
        ended.release()

    async def play() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = Connections("127.0.0.1", port, 4)
        for _ in range(3):
            assert (await client.request("POST", b"/", [])).status == 200
        client.close()
        for _ in range(seen):
            await ended.acquire()
        server.close()
        await server.wait_closed()

    asyncio.run(play())
    assert seen == opened
