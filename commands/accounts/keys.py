"""What is derived from the one secret of accounts: names of addresses, codes, successors of tokens.

Nothing of it is stored: who steals the tables has no code, no token and no list of addresses that
he could try names for. The secret may never change: streams are named by it.
"""

import base64
import hashlib
import hmac
from typing import Literal

CODE_DIGITS = 6
NAME_BYTES = 20
TOKEN_BYTES = 32
MARK_BYTES = 8


class AccountKeys:
    def __init__(self, secret: str) -> None:
        root = secret.encode()

        def key(label: str) -> bytes:
            return hmac.digest(root, f"market/accounts/{label}".encode(), hashlib.sha256)

        self._contact = key("contact")
        self._code = key("code")
        self._token = key("token")
        self._csrf = key("csrf")
        self._mark = key("mark")
        self._ceremony = key("ceremony")
        self._undo = key("undo")
        self._elsewhere = key("elsewhere")
        self.pepper = key("pepper")

    def contact(self, channel: str, address: str) -> str:
        """The name of a normalised address: the same for the same, and telling nothing of it."""
        told = f"{channel}\0{address}".encode()
        return hmac.digest(self._contact, told, hashlib.sha256)[:NAME_BYTES].hex()

    def code(self, notice_id: str) -> str:
        """The digits that this notice tells."""
        number = int.from_bytes(hmac.digest(self._code, notice_id.encode(), hashlib.sha256))
        return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"

    def undo(self, change_id: str) -> bytes:
        """What whoever reads the old contact undoes a change with."""
        return hmac.digest(self._undo, change_id.encode(), hashlib.sha256)

    def ceremony(self, challenge_id: str) -> bytes:
        """What a passkey signs for this challenge."""
        return hmac.digest(self._ceremony, challenge_id.encode(), hashlib.sha256)

    def elsewhere(self, what: Literal["state", "nonce", "verifier"], ceremony_id: str) -> str:
        """What somebody is sent to a provider with: 43 letters, each of its own."""
        told = f"{what}\0{ceremony_id}".encode()
        digest = hmac.digest(self._elsewhere, told, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def marked(self, session_id: str, drawn: bytes) -> bytes:
        """A session's token of so many random bytes, with what shows that it is one of ours."""
        told = session_id.encode() + drawn
        return drawn + hmac.digest(self._mark, told, hashlib.sha256)[:MARK_BYTES]

    def is_marked(self, session_id: str, token: bytes) -> bool:
        """Whether we have given it, however long ago."""
        return hmac.compare_digest(self.marked(session_id, token[:TOKEN_BYTES]), token)

    def successor(self, session_id: str, token: bytes) -> bytes:
        """The refresh token that follows this one, whoever asks and however often."""
        drawn = hmac.digest(self._token, token, hashlib.sha256)
        return self.marked(session_id, drawn)

    def csrf(self, session_id: str) -> str:
        """What a page of ours shows besides the session's cookie."""
        return hmac.digest(self._csrf, session_id.encode(), hashlib.sha256).hex()

    def is_csrf(self, session_id: str, shown: str) -> bool:
        return hmac.compare_digest(self.csrf(session_id).encode(), shown.encode())
