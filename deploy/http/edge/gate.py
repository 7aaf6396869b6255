"""How often somebody may try: passwords, letters and codes are counted apart.

Nobody is locked out. Whoever tries often, from one address or network or at one account, has to pay
for each try with work; a spray over many accounts is seen by its pace, and then everybody on an
unknown device pays a little. What is refused outright is only one pair of account and address, or
one address. A device that its owner has used has an allowance of its own, that nobody else can use
up.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_network

from commands.accounts.gate import Attempt, Kind, ProofRequired, TooManyTries
from deploy.http.edge.proofs import LIFETIME, Level, Proofs
from deploy.http.edge.windows import Counted, Limit, Windows

QUARTER_S, HOUR_S, MINUTE_S, DAY_S = 900, 3_600, 60, 86_400
KEY_BYTES = 15

type Quotas = Mapping[str, tuple[int, int]]

# By what has been paid: nothing, a little, much. A quota, and in how many seconds.
LEVELS: dict[Kind, tuple[Quotas, Quotas, Quotas]] = {
    "password": (
        {
            "pair": (5, QUARTER_S),
            "account": (50, HOUR_S),
            "address": (20, QUARTER_S),
            "network": (100, QUARTER_S),
            "everybody": (600, MINUTE_S),
        },
        {
            "pair": (20, QUARTER_S),
            "account": (500, HOUR_S),
            "address": (100, QUARTER_S),
            "network": (1_000, QUARTER_S),
        },
        {"pair": (60, QUARTER_S), "address": (200, QUARTER_S)},
    ),
    "letter": (
        {
            "account": (3, QUARTER_S),
            "address": (10, QUARTER_S),
            "network": (50, QUARTER_S),
            "everybody": (600, MINUTE_S),
        },
        {"account": (6, QUARTER_S), "address": (50, QUARTER_S), "network": (500, QUARTER_S)},
        {"account": (12, QUARTER_S), "address": (100, QUARTER_S)},
    ),
    # Each costs money: past the first to a number it is paid for with work.
    "text": (
        {"account": (1, QUARTER_S), "address": (5, QUARTER_S), "network": (20, QUARTER_S)},
        {"account": (3, QUARTER_S), "address": (10, QUARTER_S), "network": (50, QUARTER_S)},
        {"account": (5, HOUR_S), "address": (20, HOUR_S), "network": (200, HOUR_S)},
    ),
    # Of letters: by their address, so that new letters give no new tries.
    "code": (
        {"account": (20, DAY_S), "address": (30, QUARTER_S), "network": (200, QUARTER_S)},
        {"account": (50, DAY_S), "address": (100, QUARTER_S)},
        {"account": (100, DAY_S), "address": (200, QUARTER_S)},
    ),
    # Whoever tries these has shown the password, or is in a session: no stranger locks anybody out.
    "factor": (
        {"account": (10, DAY_S), "address": (30, QUARTER_S)},
        {"account": (20, DAY_S), "address": (100, QUARTER_S)},
        {"account": (30, DAY_S), "address": (200, QUARTER_S)},
    ),
}
DEVICE = Limit("device", 20, QUARTER_S, strict=True)
ONCE = Limit("proof", 1, int(LIFETIME.total_seconds()), strict=True)
HARDEST: Level = 2
HARDER: dict[Level, Level] = {0: 1, 1: 2}


class EdgeGate:
    """`secret` keys the hashes under which people are counted, and signs what is to be solved."""

    def __init__(self, windows: Windows, secret: bytes, clock: Callable[[], datetime]) -> None:
        self._windows = windows
        self._secret = hashlib.blake2b(secret, digest_size=32, person=b"gate").digest()
        self._proofs = Proofs(hashlib.blake2b(secret, digest_size=32, person=b"proofs").digest())
        self._clock = clock
        self._asked = 0
        self._refused = 0

    def gauges(self) -> dict[str, float]:
        return {"proofs_asked": float(self._asked), "tries_refused": float(self._refused)}

    async def let_through(self, attempt: Attempt) -> None:
        """Raises `ProofRequired` or `TooManyTries`."""
        if attempt.device:
            await self._count_or_refuse([Counted(DEVICE, self._key("device", attempt.device))])
            return
        paid = await self._paid(attempt)
        counted = self._counted(attempt, paid)
        if paid == HARDEST:
            await self._count_or_refuse(counted)
            return
        verdict = await self._windows.check(counted)
        if verdict is not None and not verdict.allowed:
            self._asked += 1
            raise ProofRequired(self._proofs.challenge(attempt.kind, HARDER[paid], self._clock()))

    async def _paid(self, attempt: Attempt) -> Level:
        """One that was shown before, or for another kind of try, pays for nothing."""
        level, name = self._proofs.solved(attempt.kind, attempt.proof)
        if level == 0:
            return 0
        verdict = await self._windows.check([Counted(ONCE, self._key("proof", name))])
        return level if verdict is None or verdict.allowed else 0

    async def _count_or_refuse(self, counted: list[Counted]) -> None:
        verdict = await self._windows.check(counted)
        if verdict is not None and not verdict.allowed:
            self._refused += 1
            wait = max(1, verdict.reset_s)
            raise TooManyTries(f"There were too many tries: come again in {wait} s.", after_s=wait)

    def _counted(self, attempt: Attempt, paid: Level) -> list[Counted]:
        who = {
            "pair": f"{attempt.account}/{attempt.address}",
            "account": attempt.account,
            "address": attempt.address,
            "network": network_of(attempt.address),
            "everybody": "",
        }
        return [
            Counted(
                Limit(scope, quota, window_s, strict=True),
                self._key(f"{attempt.kind}/{paid}/{scope}", who[scope]),
            )
            for scope, (quota, window_s) in LEVELS[attempt.kind][paid].items()
        ]

    def _key(self, what: str, who: str) -> str:
        told = f"{what}\0{who}".encode()
        return f"tries:{hashlib.blake2b(told, key=self._secret, digest_size=KEY_BYTES).hexdigest()}"


class OpenGate:
    """Lets everybody through: where all come from one machine."""

    def gauges(self) -> dict[str, float]:
        return {}

    async def let_through(self, attempt: Attempt) -> None:
        """Nothing is counted."""


def network_of(address: str) -> str:
    """The /24 or /48 that an address, or an IPv6 /64, is in; itself if it is none."""
    try:
        found = ip_network(address, strict=False)
    except ValueError:
        return address
    return str(found.supernet(new_prefix=24 if found.version == 4 else 48))  # noqa: PLR2004
