"""A fuzzer of request framings: many users, one gateway; whose answer does each of them get?

By hand: `python -m tests.property.framing --requests 100000 --seed 7`.
"""

import argparse
import asyncio
import contextlib
import json
import random
import re
import sys
import time
from collections import Counter

import uvloop

from deploy.gateway import Gateway
from deploy.http.protocol import Protocol
from deploy.http.shedding import shedding_protocol
from tests.property.framing_answers import Broken, read_answer
from tests.property.framing_servers import (
    ERRORS,
    HOST,
    ID,
    WANTED,
    Erring,
    honest,
    listening,
    uvicorn_connections,
)

USERS = 48
IN_FLIGHT_MAX = 12
WITHIN_S = 30.0
FAULTS_MAX = 20
IDENT = re.compile(r"c-[0-9a-f]{12}")


class Seen:
    """What all users saw together. `faults` is empty if the law holds."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.faults: list[str] = []
        self.requests = 0
        self.own = 0


class Shot:
    """Bytes for one connection, and what must come back for them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.data = b""
        self.wanted: list[tuple[str, bytes]] = []
        # Where the user may be cut off without an answer, and where the user leaves.
        self.loose = False
        self.leaves_at: float | None = None
        self.pause_at: int | None = None


class User:
    """Sends shots over connections of its own."""

    def __init__(self, name: int, seed: int, ports: tuple[int, int], seen: Seen) -> None:
        self.rng = random.Random(f"{seed}/{name}")
        self.ports = ports
        self.seen = seen
        self.numbers = 0
        self.name = name
        self.line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.port = ports[0]

    def ident(self) -> bytes:
        self.numbers += 1
        return b"c-%04x%08x" % (self.name, self.numbers)

    def request(self, shot: Shot, method: str | None = None, *more: bytes, body: bytes | None = None,
                framing: str | None = None) -> bytes:  # fmt: skip
        rng, ident = self.rng, self.ident()
        method = method or rng.choice(["GET", "POST", "POST", "HEAD", "DELETE", "OPTIONS"])
        what = rng.choice(WANTED if self.port == self.ports[0] else ERRORS)
        lines = [b"%s /r/%s/%s HTTP/1.1" % (method.encode(), ident, what.encode()), b"Host: x"]
        lines += [ID + b": " + ident, *more]
        if method == "GET" and rng.random() < 0.2:
            lines.append(b"Read-After: 7")
        if body is None:
            body = self.some_body(ident) if method in {"POST", "DELETE"} else b""
        framing = framing or rng.choice(["length", "length", "chunked"])
        if framing == "length":
            if body or method == "POST":
                lines.append(b"Content-Length: %d" % len(body))
        else:
            lines.append(b"Transfer-Encoding: chunked")
            at = rng.randint(0, len(body))
            parts = [part for part in (body[:at], body[at:]) if part]
            trailer = rng.choice([b"", ID + b": c-ffffffffffff\r\n", b"Authorization: x\r\n"])
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
            body += b"0\r\n" + trailer + b"\r\n"
        shot.wanted.append((method, ident))
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def some_body(self, ident: bytes) -> bytes:
        inner = b"POST /r/c-eeeeeeeeeeee/ok HTTP/1.1\r\n" + ID + b": c-eeeeeeeeeeee\r\n"
        inner += b"content-length: 0\r\n\r\n"
        answer = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\nc-dddddddddddd"
        big = self.rng.randbytes(self.rng.choice([70_000, 300_000]))
        return self.rng.choices(
            [b"", b'{"a":1}', ident * 5, inner, answer, big], [3, 8, 4, 2, 2, 0.4]
        )[0]

    def shot(self) -> Shot:
        rng = self.rng
        kinds = ["plain", "pipelined", "expect", "leaves", "upgrade", "garbage", "lengths", "large"]
        shot = Shot(rng.choices(kinds, [40, 15, 15, 12, 6, 4, 6, 0.3])[0])
        match shot.kind:
            case "plain":
                shot.data = self.request(shot)
            case "pipelined":
                shot.data = b"".join(self.request(shot) for _ in range(rng.randint(2, 5)))
            case "expect":
                shot.data = self.request(shot, "POST", b"Expect: 100-continue")
                shot.pause_at = shot.data.index(b"\r\n\r\n") + 4 if rng.random() < 0.5 else None
            case "leaves":
                shot.data = b"".join(self.request(shot) for _ in range(rng.randint(1, 2)))
                shot.leaves_at = rng.random() * 1.4
            case "upgrade":
                to = rng.choice([b"websocket", b"h2c", b"foo"])
                shot.data = self.request(shot, None, b"Connection: Upgrade", b"Upgrade: " + to)
                shot.data += rng.choice([b"", b"\x81\x05hello", self.request(Shot(""))])
                shot.loose = True
            case "garbage":
                at = rng.randint(0, 60)
                shot.data = self.request(shot)[:at] + rng.randbytes(20) + b"\r\n\r\n\r\n\r\n"
                shot.loose = True
            case "lengths":
                self.two_lengths(shot)
            case _:
                shot.data = self.request(shot, "POST", body=bytes(1_100_000))
        return shot

    def two_lengths(self, shot: Shot) -> None:
        """Framed in two ways, or by a header that only some would read."""
        more = self.rng.choice([
            b"Transfer-Encoding: chunked", b"Content-Length: 0", b"Content-Length : 3", b"Content-Length: +3",
            b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked, identity", b"A: b\r\n Content-Length: 0",
            b"Transfer-Encoding : chunked", b"A: b\rTransfer-Encoding: chunked", b"X: \x00",
        ])  # fmt: skip
        shot.data = self.request(shot, "POST", more, framing="length")
        shot.data += self.request(Shot("")) if self.rng.random() < 0.5 else b""
        shot.loose = True

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.line is None:
            self.port = self.rng.choice(self.ports)
            self.line = await asyncio.open_connection(HOST, self.port, limit=2**22)
        return self.line

    async def hang_up(self) -> None:
        if self.line is not None:
            _, writer = self.line
            self.line = None
            writer.transport.abort()
            with contextlib.suppress(ConnectionError, RuntimeError):
                await writer.wait_closed()

    async def write(self, shot: Shot) -> None:
        """In one piece or several, cut anywhere."""
        _, writer = await self.connect()
        data, rng = shot.data, self.rng
        if shot.leaves_at is not None:
            data = data[: int(len(data) * shot.leaves_at)]
        cuts = sorted(rng.randint(0, len(data)) for _ in range(rng.choice([0, 0, 1, 3])))
        if shot.pause_at is not None:
            cuts = [shot.pause_at]
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            writer.write(data[start:end])
            if end != len(data):
                await asyncio.sleep(rng.choice([0, 0.001]))

    async def fire(self) -> None:
        await self.connect()
        shot = self.shot()
        self.seen.kinds[shot.kind] += 1
        self.seen.requests += len(shot.wanted)
        try:
            async with asyncio.timeout(WITHIN_S):
                with contextlib.suppress(ConnectionError, RuntimeError):
                    await self.write(shot)
                keep = shot.leaves_at is None and await self.judge(shot)
        except (Broken, TimeoutError) as fault:
            own = {ident.decode() for _, ident in shot.wanted}
            if not shot.loose or set(IDENT.findall(str(fault))) - own:
                self.seen.faults.append(f"{shot.kind} {shot.wanted}: {fault!r}")
            keep = False
        if not keep or self.rng.random() < 0.3:
            await self.hang_up()

    async def judge(self, shot: Shot) -> bool:
        """Whether the connection goes on. What comes must be the request's own, in its turn."""
        reader, _ = await self.connect()
        for method, ident in shot.wanted:
            try:
                found = await read_answer(reader, method)
            except ConnectionError:
                found = None
            if found is None:
                if not shot.loose and shot.kind != "large":
                    raise Broken("no answer at all")
                return False
            status, data = found
            self.seen.statuses[status] += 1
            said = set(IDENT.findall(data.decode("latin-1")))
            if said - {ident.decode()}:
                raise Broken(f"somebody else's answer: {data!r}")
            if b"gateway-request" in data.lower():
                raise Broken("the mark is shown")
            self.seen.own += bool(said)
            if status < 400 and not said:
                raise Broken(f"nobody's answer: {data!r}")
        return not shot.loose


async def run(requests: int, seed: int, users: int = USERS) -> Seen:
    """About so many requests by `users` at once."""
    seen = Seen()
    shedding = shedding_protocol(IN_FLIGHT_MAX, lambda: None)
    ours = uvicorn_connections(honest, shedding), uvicorn_connections(honest, Protocol)
    async with listening(*ours, Erring) as (write, read, erring):
        gateways = [Gateway(write, read), Gateway(erring, erring)]
        fronts = [uvicorn_connections(gateway, Protocol) for gateway in gateways]
        async with listening(*fronts) as (first, second):

            async def play(name: int) -> None:
                user = User(name, seed, (first, second), seen)
                while seen.requests < requests and len(seen.faults) < FAULTS_MAX:
                    await user.fire()
                await user.hang_up()

            await asyncio.gather(*(play(name) for name in range(users)))
            for gateway in gateways:
                gateway.close()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began = time.perf_counter()
    seen = uvloop.run(run(chosen.requests, chosen.seed))
    took = time.perf_counter() - began
    figures = {
        "requests": seen.requests,
        "per_s": round(seen.requests / took),
        "with their own id": seen.own,
        "statuses": dict(sorted(seen.statuses.items())),
        "kinds": dict(seen.kinds),
        "faults": len(seen.faults),
    }
    lines = [json.dumps(figures, indent=1), *(fault[:600] for fault in seen.faults), ""]
    sys.stdout.write("\n".join(lines))
    raise SystemExit(bool(seen.faults))


if __name__ == "__main__":
    main()
