"""Stolen passwords: found in a file however large, asked for by five letters of a hash."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Request, Response, get
from litestar.params import FromPath

from commands.outside.breached.lists import Breached, ListFile, ListServer, NoList
from tests.contract.odd_server import CLOSE, odd_server, response
from tests.contract.served import served

STOLEN = [f"stolen-{number}" for number in range(500)]


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def has(breached: Breached, *passwords: str) -> list[bool]:
    async def main() -> list[bool]:
        return [await breached.has(one) for one in passwords]

    return asyncio.run(main())


def lines() -> list[str]:
    return [f"{one}:{number % 7 + 1}" for number, one in enumerate(sorted(map(sha1, STOLEN)))]


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_all_of_a_file_and_nothing_else_is_found(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "stolen.txt"
    between = ending or "\n"
    file.write_bytes((between.join(lines()) + ending).encode())
    found = ListFile(file)
    assert all(has(found, *STOLEN))
    assert not any(has(found, *(f"kept-{number}" for number in range(500))))


def test_hashes_without_a_count_will_do(tmp_path: Path) -> None:
    file = tmp_path / "stolen.txt"
    file.write_text("\n".join(sorted(map(sha1, STOLEN[:3]))))
    assert has(ListFile(file), STOLEN[0], STOLEN[3]) == [True, False]


def test_a_server_is_told_five_letters() -> None:
    asked: list[str] = []

    @get("/range/{prefix:str}", sync_to_thread=False)
    def range_of(prefix: FromPath[str], request: Request[Any, Any, Any]) -> Response[str]:
        asked.append(prefix)
        assert request.headers["Add-Padding"] == "true"
        known = [line[5:] for line in lines() if line.startswith(prefix)]
        padding = [f"{sha1('kept')[5:]}:0"]
        return Response("\r\n".join([*known, *padding]), media_type="text/plain")

    async def main(url: str) -> list[bool]:
        async with httpx.AsyncClient() as client:
            server = ListServer(url, client)
            return [await server.has(one) for one in (STOLEN[0], "kept", "unknown")]

    with served([range_of]) as url:
        assert asyncio.run(main(url)) == [True, False, False]
    assert asked == [sha1(one)[:5] for one in (STOLEN[0], "kept", "unknown")]


@pytest.mark.parametrize("answer", [response(500, b""), response(200, b"\xff\xfe"), CLOSE])
def test_what_nobody_can_say_refuses_nobody(answer: bytes) -> None:
    async def main(url: str) -> bool:
        async with httpx.AsyncClient() as client:
            return await ListServer(url, client).has(STOLEN[0])

    with odd_server(answer) as url:
        assert asyncio.run(main(url)) is False
    assert has(NoList(), STOLEN[0]) == [False]
