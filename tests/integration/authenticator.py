"""An authenticator in software: what a phone or a key would answer, and what a thief would try."""

import base64
import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
COORDINATE_BYTES = 32


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One passkey. `flags`, `origin`, `domain` and `count` can be set to what they must not be."""

    def __init__(self, origin: str = "https://shop.example", domain: str = "shop.example") -> None:
        self.origin = origin
        self.domain = domain
        self.flags = PRESENT | VERIFIED
        self.count = 0
        self.user = b""
        self.id = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives, by `toJSON()`."""
        self.user = unb64(options["user"]["id"])
        client = self._client("webauthn.create", options)
        attestation = cbor2.dumps(
            {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + self._attested()}
        )
        return self._credential(clientDataJSON=client, attestationObject=attestation)

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` gives, by `toJSON()`."""
        client = self._client("webauthn.get", options)
        data = self._data()
        signed = data + hashlib.sha256(client).digest()
        return self._credential(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=self.user,
        )

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _data(self, more: int = 0) -> bytes:
        named = hashlib.sha256(self.domain.encode()).digest()
        return named + struct.pack(">BI", self.flags | more, self.count)

    def _attested(self) -> bytes:
        public = self.key.public_key().public_numbers()
        x, y = (part.to_bytes(COORDINATE_BYTES) for part in (public.x, public.y))
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + struct.pack(">H", len(self.id)) + self.id + cose

    def _credential(self, **response: bytes) -> dict[str, Any]:
        told = {name: b64(value) for name, value in response.items()}
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": told}
