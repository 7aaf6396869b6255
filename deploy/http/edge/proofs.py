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

    def challenge(self, level: Level, now: datetime) -> dict[str, Any]:
        """As altcha's own clients take it."""
        made = altcha.create_challenge(
            ALGORITHM,
            COST,
            key_prefix=PREFIXES[level],
            expires_at=now + LIFETIME,
            data={"level": level},
            hmac_secret=self._secret,
        )
        told: dict[str, Any] = made.to_dict()
        return told

    def solved(self, text: str) -> tuple[Level, str]:
        """How hard a challenge of ours it solves, and the challenge's name; 0 if none."""
        if not text or len(text) > LONGEST:
            return 0, ""
        if not altcha.verify_solution(text, self._secret).verified:
            return 0, ""
        challenge = altcha.Payload.from_base64(text).challenge
        return challenge.parameters.data["level"], str(challenge.signature)
