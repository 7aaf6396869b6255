"""Kept connections: used again only after exactly one whole answer, and while they are fresh."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest

from deploy.http import connections
from deploy.http.connections import Connections, ServerUnreachable

HOST = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
FOREIGN = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nforeign"
GATEWAY = re.compile(rb"gateway-request: (\S+)\r\n")

type Client = Callable[[Connections], Awaitable[None]]


class Server:
    """Answers each request of a connection with the next of `answers`, the last one for ever."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.opened = 0
        self.heads: list[bytes] = []
        self.go_on = asyncio.Event()
        self.ended = asyncio.Semaphore(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        number = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = re.search(rb"content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                marked = GATEWAY.search(head)
                answer = self.answers[min(number, len(self.answers) - 1)]
                answer = answer.replace(b"MARK", marked[1] if marked else b"none")
                number += 1
                first, pause, rest = answer.partition(b"PAUSE")
                writer.write(first)
                if pause:
                    await self.go_on.wait()
                    writer.write(rest)
                if b"END" in answer:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.ended.release()


def play(server_of: Callable[[], Server], client: Client, *, marked: bool = False) -> Server:
    async def run() -> Server:
        server = server_of()
        listening = await asyncio.start_server(server.serve, HOST, 0)
        pool = Connections(HOST, listening.sockets[0].getsockname()[1], 4, 5.0, marked=marked)
        async with asyncio.timeout(30):
            await client(pool)
            pool.close()
            server.go_on.set()
            for _ in range(server.opened):
                await server.ended.acquire()
        listening.close()
        await listening.wait_closed()
        return server

    return asyncio.run(run())


@pytest.mark.parametrize(("idle_s", "opened"), [(60.0, 1), (0.0, 3)])
def test_a_connection_that_has_rested_too_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, idle_s: float, opened: int
) -> None:
    monkeypatch.setattr(connections, "IDLE_S", idle_s)

    async def client(pool: Connections) -> None:
        for _ in range(3):
            assert (await pool.request("POST", b"/", [])).status == 200

    assert play(lambda: Server(OK), client).opened == opened


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\ncontent-length: 9\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 3,
    ],
)
def test_an_interim_answer_is_not_the_answer(interim: bytes) -> None:
    async def client(pool: Connections) -> None:
        for _ in range(3):
            answer = await pool.request("POST", b"/", [])
            assert (answer.status, answer.headers, answer.body) == (200, [], b"ok")

    assert play(lambda: Server(interim + OK), client).opened == 1


@pytest.mark.parametrize(
    "more",
    [OK, FOREIGN, b"H", b"\0", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n"],
)
@pytest.mark.parametrize("whole", [OK, b"HTTP/1.1 204 No Content\r\ncontent-length: 7\r\n\r\n"])
def test_after_more_than_one_answer_a_connection_is_not_used_again(
    whole: bytes, more: bytes
) -> None:
    async def client(pool: Connections) -> None:
        for _ in range(2):
            assert (await pool.request("POST", b"/", [])).body in {b"ok", b""}

    assert play(lambda: Server(whole + more), client).opened == 2


def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    made: list[Server] = []

    def server() -> Server:
        made.append(Server(OK + b"PAUSE" + FOREIGN, OK))
        return made[0]

    async def client(pool: Connections) -> None:
        assert (await pool.request("POST", b"/", [])).body == b"ok"
        (kept,) = pool._idle
        made[0].go_on.set()
        async with asyncio.timeout(5):
            while kept.open:
                await asyncio.sleep(0)
        assert (await pool.request("POST", b"/", [])).body == b"ok"

    assert play(server, client).opened == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n" + OK,
        b"HTTP/1.1 101 Switching\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\n\r\nuntil the END",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nEND",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nEND",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nEND",
        b"END",
        b"SSH-2.0 END\r\n",
    ],
)
def test_what_is_not_one_whole_answer_is_none(answer: bytes) -> None:
    async def client(pool: Connections) -> None:
        for _ in range(2):
            with pytest.raises(ServerUnreachable):
                await pool.request("POST", b"/", [])

    assert play(lambda: Server(answer), client).opened == 2


MARKED = b"HTTP/1.1 200 OK\r\ngateway-request: MARK\r\ncontent-length: 2\r\n\r\nok"
OTHER = b"HTTP/1.1 200 OK\r\ngateway-request: 0-0\r\ncontent-length: 7\r\n\r\nforeign"
TWICE = OTHER.replace(b"0-0\r\n", b"MARK\r\ngateway-request: 0-0\r\n")


def test_an_answer_with_its_requests_mark_keeps_the_connection_and_hides_the_mark() -> None:
    async def client(pool: Connections) -> None:
        for _ in range(3):
            answer = await pool.request("POST", b"/", [(b"Gateway-Request", b"mine")])
            assert (answer.headers, answer.body) == ([], b"ok")

    server = play(lambda: Server(MARKED), client, marked=True)
    assert server.opened == 1
    marks = [mark for head in server.heads for mark in GATEWAY.findall(head.lower())]
    assert len(set(marks)) == len(marks) == 3


@pytest.mark.parametrize("answer", [OTHER, FOREIGN, TWICE])
def test_on_a_kept_connection_nothing_without_the_mark_is_taken(answer: bytes) -> None:
    async def client(pool: Connections) -> None:
        assert (await pool.request("POST", b"/", [])).body == b"ok"
        with pytest.raises(ServerUnreachable, match="another request"):
            await pool.request("POST", b"/", [])
        assert (await pool.request("GET", b"/", [])).body == b"ok"
        # A read is sent once more, over a new connection.
        assert (await pool.request("GET", b"/", [])).body == b"ok"

    assert play(lambda: Server(MARKED, answer), client, marked=True).opened == 3


@pytest.mark.parametrize(("answer", "body"), [(OTHER, None), (TWICE, None), (OK, b"ok")])
def test_on_a_new_connection_only_another_mark_is_refused(
    answer: bytes, body: bytes | None
) -> None:
    async def client(pool: Connections) -> None:
        if body is None:
            with pytest.raises(ServerUnreachable):
                await pool.request("POST", b"/", [])
        else:
            assert (await pool.request("POST", b"/", [])).body == body

    play(lambda: Server(answer), client, marked=True)


def test_an_answer_before_the_request_was_sent_ends_the_connection() -> None:
    async def client(pool: Connections) -> None:
        for _ in range(2):
            answer = await pool.request("POST", b"/", [], bytes(32 * 2**20))
            assert answer.body == b"ok"

    class Hasty(Server):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.opened += 1
            await reader.readuntil(b"\r\n\r\n")
            reader._transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(OK)
            await writer.drain()
            reader._transport.resume_reading()  # type: ignore[attr-defined]
            try:
                while await reader.read(2**20):
                    pass
            except ConnectionError:
                pass
            writer.close()
            self.ended.release()

    assert play(lambda: Hasty(OK), client).opened == 2


def test_who_is_cancelled_leaves_no_connection_behind() -> None:
    async def client(pool: Connections) -> None:
        asked = asyncio.create_task(pool.request("POST", b"/", []))
        while not pool._places._value < 4:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert (pool._idle, pool.full, pool._places._value) == ([], False, 4)

    play(lambda: Server(b"PAUSE" + OK), client)


def test_no_more_requests_than_places_and_a_bounded_wait_for_one() -> None:
    server = Server(b"PAUSE" + OK)

    async def client(pool: Connections) -> None:
        pool._timeout_s = 0.2
        asked = [asyncio.create_task(pool.request("POST", b"/", [])) for _ in range(5)]
        while server.opened < 4:
            await asyncio.sleep(0)
        assert pool.full
        # The fifth may get the place that the first to give up leaves behind.
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {str(answer) for answer in answers} == {"no answer in time"}
        assert not pool.full

    assert play(lambda: server, client).opened <= 5
