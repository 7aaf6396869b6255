"""How long a session lives: by what was shown, where, and for what."""

from datetime import datetime, timedelta

import msgspec

from commands.accounts.tokens import OpaqueToken
from commands.records.sessions.queries import New
from eventstore.events.session import Method
from eventstore.identity import Surface

IDLE = timedelta(days=14)
IDLE_ON_TRUSTED = timedelta(days=30)
ABSOLUTE = timedelta(days=90)
# Of staff: as NIST SP 800-63B asks of who has shown two factors.
STAFF_IDLE = timedelta(hours=1)
STAFF_ABSOLUTE = timedelta(hours=12)
# What was shown is the device, or what a provider says, and no second factor now.
NO_FACTOR: frozenset[Method] = frozenset({"password+device", "device", "social", "social+device"})


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has shown of being the account: its password's number, how, where.

    `identity` is the keyed hash of one at a provider; `trusted` is a device that its owner trusts:
    a session there may lie unused for longer.
    """

    account_id: str
    credentials: int
    method: Method
    device_id: str
    address: str
    trusted: bool = False
    identity: str = ""


def begun(shown: Shown, surface: Surface, seller_id: str, token: OpaqueToken, now: datetime) -> New:
    """The row of a session that begins now."""
    idle, absolute = IDLE_ON_TRUSTED if shown.trusted else IDLE, ABSOLUTE
    if surface == "staff":
        idle, absolute = STAFF_IDLE, STAFF_ABSOLUTE
    return New(
        session_id=token.of,
        account_id=shown.account_id,
        device_id=shown.device_id,
        surface=surface,
        seller_id=seller_id,
        token_hash=token.hash,
        idle_s=int(idle.total_seconds()),
        factor_at=None if shown.method in NO_FACTOR else now,
        started_at=now,
        idle_until=now + idle,
        absolute_until=now + absolute,
    )
