"""Lists of stolen passwords: a file of hashes, or somebody who is asked for all that begin alike.

The form is that of Have I Been Pwned: SHA-1 in capital hexadecimal letters, a colon, how often it
was seen; a file has them in order. Whoever is asked learns the first five letters of a hash.
"""

import asyncio
import hashlib
import logging
import mmap
from pathlib import Path
from typing import Protocol

import httpx

SENT = 5
ANSWER_BYTES_MAX = 1024 * 1024
HASH_LETTERS = 40

log = logging.getLogger(__name__)


class Breached(Protocol):
    async def has(self, password: str) -> bool:
        """Whether it is known to be stolen. What nobody can say at the moment is not."""
        ...


class NoList:
    async def has(self, password: str) -> bool:  # noqa: ARG002 - the port's shape
        return False


class ListFile:
    """Looked up by halves, however large it is; mapped, not read."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._lines = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)

    async def has(self, password: str) -> bool:
        return await asyncio.to_thread(self._has, _hash(password).encode())

    def _has(self, wanted: bytes) -> bool:
        low, high = 0, len(self._lines)
        while low < high:
            begin = self._lines.rfind(b"\n", 0, (low + high) // 2) + 1
            end = self._lines.find(b"\n", begin)
            end = len(self._lines) if end < 0 else end
            found = self._lines[begin : min(end, begin + HASH_LETTERS)]
            if found == wanted:
                return True
            if found < wanted:
                low = end + 1
            else:
                high = begin
        return False


class ListServer:
    """Asked for the hashes that begin alike, with padding, so that nobody learns how many."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._client = client

    async def has(self, password: str) -> bool:
        hashed = _hash(password)
        try:
            response = await self._client.get(
                f"{self._url}/range/{hashed[:SENT]}", headers={"Add-Padding": "true"}
            )
            response.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("stolen passwords cannot be asked for (%s)", type(error).__name__)
            return False
        lines = response.content[:ANSWER_BYTES_MAX].decode("ascii", "replace").splitlines()
        # What pads an answer was never seen.
        return any(
            line.startswith(f"{hashed[SENT:]}:") and not line.endswith(":0") for line in lines
        )


def _hash(password: str) -> str:
    """As these lists have it: no secret, and no way to keep one."""
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
