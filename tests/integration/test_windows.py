"""Limits over processes, against the real Redis protocol: as many as allowed, and not one more."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from deploy.embedded import servers
from deploy.embedded.ports import HOST
from deploy.http.edge.windows import STRICTER, Counted, Limit, Verdict, Windows
from tests.integration.part_server import PartServer

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "throw-away"
MINUTE = Limit("address", 100)


@pytest.fixture(scope="module")
def valkey() -> Iterator[PartServer]:
    server = PartServer(lambda folder, port: servers.valkey(folder, port, PASSWORD))
    server.start()
    try:
        yield server
    finally:
        server.remove()


def url_of(server: PartServer) -> str:
    return f"redis://:{PASSWORD}@{HOST}:{server.port}/0"


def asked(server: PartServer, *requests: list[Counted]) -> list[Verdict | None]:
    async def main() -> list[Verdict | None]:
        windows = Windows(url_of(server))
        try:
            return list(await asyncio.gather(*(windows.check(one) for one in requests)))
        finally:
            await windows.close()

    return asyncio.run(main())


ALLOWED = """
import asyncio, json, sys
from deploy.http.edge.windows import Counted, Limit, Windows
async def main():
    windows = Windows(sys.argv[1])
    one = [Counted(Limit("address", 100), "limit:four-processes")]
    sys.stdin.readline()
    verdicts = await asyncio.gather(*(windows.check(one) for _ in range(250)))
    print(json.dumps(sum(bool(verdict and verdict.allowed) for verdict in verdicts)))
    await windows.close()
asyncio.run(main())
"""


def test_a_thousand_at_once_over_four_processes_admit_exactly_a_hundred(
    valkey: PartServer,
) -> None:
    command = [sys.executable, "-c", ALLOWED, url_of(valkey)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    answers = [process.communicate(b"go\n")[0] for process in processes]
    assert sum(map(json.loads, answers)) == 100


def test_a_request_is_counted_against_all_its_limits_or_none(valkey: PartServer) -> None:
    wide, narrow = Counted(Limit("a", 10), "limit:wide"), Counted(Limit("b", 2), "limit:narrow")
    verdicts = [verdict for verdict in asked(valkey, *[[wide, narrow]] * 4) if verdict]
    assert [(one.allowed, one.limit.name, one.left) for one in verdicts] == [
        (True, "b", 1),
        (True, "b", 0),
        (False, "b", 0),
        (False, "b", 0),
    ]
    (verdict,) = asked(valkey, [wide])
    assert verdict is not None
    assert (verdict.allowed, verdict.left) == (True, 7)  # What was refused was not counted.
    assert 0 < verdict.reset_s <= 60


def told_the_time(valkey: PartServer) -> tuple[Windows, Callable[[int], Awaitable[object]]]:
    """Windows whose seconds are said, in place of the server's clock."""
    windows = Windows(url_of(valkey))
    source = files("deploy.http.edge").joinpath("window.lua").read_text()
    told = source.replace("redis.call('TIME')", "{tonumber(redis.call('GET', 'test:now')), 0}")
    assert told != source
    windows._script = windows._redis.register_script(told)
    return windows, lambda now: windows._redis.set("test:now", now)


def test_a_window_slides(valkey: PartServer) -> None:
    """Of the window before counts what still overlaps: no twice the quota around its edge."""
    one = [Counted(MINUTE, "limit:slides")]

    async def main() -> list[int]:
        windows, said = told_the_time(valkey)
        admitted = []
        for now in (1000, 1059, 1061, 1075, 1090, 1119, 1121, 1400):
            await said(now)
            verdicts = await asyncio.gather(*(windows.check(one) for _ in range(150)))
            admitted.append(sum(bool(verdict and verdict.allowed) for verdict in verdicts))
        await windows.close()
        return admitted

    # 100 at once; then what a sixtieth of the window before gives back with each second.
    assert asyncio.run(main()) == [100, 0, 1, 24, 25, 48, 3, 100]


def test_a_refusal_says_when_a_place_is_free(valkey: PartServer) -> None:
    """To the second: then one is admitted, and a second before nobody is."""
    one = [Counted(MINUTE, "limit:free")]

    async def main() -> None:
        windows, said = told_the_time(valkey)

        async def asked(now: int) -> Verdict:
            await said(now)
            verdict = await windows.check(one)
            assert verdict is not None
            return verdict

        now = 1000
        for _ in range(5):
            while (verdict := await asked(now)).allowed:
                pass
            assert not (await asked(now + verdict.reset_s - 1)).allowed
            now += verdict.reset_s
            assert (await asked(now)).allowed
        await windows.close()

    asyncio.run(main())


def test_a_fault_of_any_kind_leaves_nobody_waiting(valkey: PartServer) -> None:
    async def main() -> None:
        windows = Windows(url_of(valkey))

        async def broken(**_: object) -> None:
            raise ValueError("not even an answer")

        windows._script = broken
        async with asyncio.timeout(5):
            assert await windows.check([Counted(MINUTE, "limit:x")]) is None
        assert windows.away
        await windows.close()

    asyncio.run(main())


def test_without_redis_only_strict_limits_hold_and_more_strictly(valkey: PartServer) -> None:
    async def main() -> None:
        windows = Windows(url_of(valkey))
        valkey.stop()
        try:
            plain = [Counted(MINUTE, "limit:plain")]
            strict = [Counted(Limit("sign-in", 50, strict=True), "limit:strict"), *plain]
            assert await windows.check(plain) is None
            assert windows.away
            verdicts = [await windows.check(strict) for _ in range(8)]
            allowed = [verdict.allowed for verdict in verdicts if verdict]
            assert allowed == [True] * (50 // STRICTER) + [False] * 3
        finally:
            valkey.start()
            await windows.close()

    asyncio.run(main())
