"""What somebody asks for who is to be signed in."""

import msgspec

from commands.accounts.addresses import Address
from commands.accounts.gate import Origin
from commands.streams.contact.state import Claimed
from eventstore.identity import Surface


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody types, and for which surface; `seller_id` for that of sellers."""

    address: str
    password: str
    device_token: str = ""
    surface: Surface = "buyer"
    seller_id: str = ""


class ByDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What a device that is trusted shows, and for which surface."""

    device_token: str
    surface: Surface = "buyer"
    seller_id: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """A session that the password was shown for, or an identity at a provider."""

    owner: Claimed
    credentials: int
    name: str
    surface: Surface
    seller_id: str
    origin: Origin
    to: Address = Address("", "")
