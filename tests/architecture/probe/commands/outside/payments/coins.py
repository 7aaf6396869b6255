"""A provider of coins: its adapter, its settings, and how it is made."""

from typing import Annotated, Any

import httpx
import msgspec
from msgspec import Meta

from commands.outside.payments.port import PAYMENTS
from commands.outside.port import Host, Provider, Result, Unreachable


class Coins:
    delivers_by = "GET"

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def execute(self, call: Any) -> Result:
        raise Unreachable(call.key)

    async def find(self, call: Any) -> Result | None:
        return None

    async def counted(self) -> int:
        return 3


class CoinsSettings(msgspec.Struct, frozen=True, kw_only=True):
    url: Annotated[str, Meta(description="URL of the coins", extra={"url": ("https",)})] = (
        "https://coins.invalid"
    )


def make(settings: CoinsSettings, host: Host) -> Any:
    return Coins(httpx.AsyncClient(base_url=settings.url, timeout=host.timeout_s))


COINS = Provider(port=PAYMENTS, name="coins", settings=CoinsSettings, make=make)
