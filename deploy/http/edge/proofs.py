"""Proof of work: what a machine that tries once does not notice, and one that tries often does.

No third party, no picture, nothing is remembered of who has solved one: a challenge is signed, has
an end and is good for one try.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from altcha import v2

# Its signatures name dictionaries without what is in them.
altcha: Any = v2

type Level = Literal[0, 1, 2]

ALGORITHM = "PBKDF2/SHA-256"
# A try costs a millisecond: a fifth of a second, and three seconds, on average.
COST = 2_000
PREFIXES: dict[Level, str] = {1: "00", 2: "000"}
LIFETIME = timedelta(minutes=10)
LONGEST = 4_000


class Proofs:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def challenge(self, kind: str, level: Level, now: datetime) -> dict[str, Any]:
        """As altcha's own clients take it; for a try of one kind."""
        made = altcha.create_challenge(
            ALGORITHM,
            COST,
            key_prefix=PREFIXES[level],
            expires_at=now + LIFETIME,
            data={"kind": kind, "level": level},
            hmac_secret=self._secret,
        )
        told: dict[str, Any] = made.to_dict()
        return told

    def solved(self, kind: str, text: str) -> tuple[Level, str]:
        """How hard a challenge of ours for this kind it solves, and its name; 0 if none."""
        if not text or len(text) > LONGEST:
            return 0, ""
        if not altcha.verify_solution(text, self._secret).verified:
            return 0, ""
        challenge = altcha.Payload.from_base64(text).challenge
        data = challenge.parameters.data
        # Not of before proofs had a kind, either.
        if data.get("kind") != kind:
            return 0, ""
        return data["level"], str(challenge.signature)
