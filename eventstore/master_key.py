"""What the keys of persons are wrapped with: held here, or by a key service behind the port."""

import hashlib
import secrets
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
NAME_BYTES = 6


class MasterKeyUnknown(LookupError):
    """A key was wrapped with a master key that is not given."""


class MasterKey(Protocol):
    """`about` is bound to what is wrapped: it opens nothing under another name."""

    @property
    def name(self) -> str:
        """Of the one that wraps now."""
        ...

    async def wrap(self, key: bytes, about: str) -> bytes: ...

    async def unwrap(self, wrapped: bytes, about: str, name: str) -> bytes:
        """Raises `MasterKeyUnknown`."""
        ...


class LocalMasterKey:
    """From texts of the settings: the first wraps, the others only open what they wrapped."""

    def __init__(self, *texts: str) -> None:
        keys = [hashlib.sha256(b"market master key\0" + text.encode()).digest() for text in texts]
        self._by_name = {hashlib.sha256(key).hexdigest()[: 2 * NAME_BYTES]: key for key in keys}
        self._name = next(iter(self._by_name))

    @property
    def name(self) -> str:
        return self._name

    async def wrap(self, key: bytes, about: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._by_name[self._name]).encrypt(nonce, key, about.encode())

    async def unwrap(self, wrapped: bytes, about: str, name: str) -> bytes:
        if name not in self._by_name:
            raise MasterKeyUnknown(
                f"keys were wrapped with the master key {name}, which is not set"
            )
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCM(self._by_name[name]).decrypt(nonce, sealed, about.encode())
        except InvalidTag as error:
            raise MasterKeyUnknown(f"{about} does not open with the master key {name}") from error
