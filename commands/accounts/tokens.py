"""Refresh and device tokens: opaque to whoever holds them, found by the id in front."""

import base64
import binascii
import hashlib
import re

import msgspec

from commands.accounts.keys import MARK_BYTES, TOKEN_BYTES, AccountKeys

REFRESH = "mrt"
DEVICE = "mdt"
INVITATION = "mit"
UNDO = "mut"
FORM = re.compile(r"(m[rdiu]t)_(~[0-9a-f-]{36})\.([A-Za-z0-9_-]{43,54})")


class OpaqueToken(msgspec.Struct, frozen=True):
    """`secret` is what only its holder knows; its hash is what is kept."""

    kind: str
    of: str
    secret: bytes

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.secret).digest()

    def __str__(self) -> str:
        text = base64.urlsafe_b64encode(self.secret).decode().rstrip("=")
        return f"{self.kind}_{self.of}.{text}"


def undo_token(keys: AccountKeys, change_id: str) -> str:
    """What a letter to the old contact tells."""
    return str(OpaqueToken(UNDO, change_id, keys.undo(change_id)))


def read(kind: str, text: str) -> OpaqueToken | None:
    """None for what is no such token of ours."""
    found = FORM.fullmatch(text)
    if found is None or found[1] != kind:
        return None
    try:
        padded = found[3] + "=" * (-len(found[3]) % 4)
        secret = base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    token = OpaqueToken(kind, found[2], secret)
    # In the one spelling that it was given in.
    length = TOKEN_BYTES + (MARK_BYTES if kind == REFRESH else 0)
    return token if len(secret) == length and str(token) == text else None
