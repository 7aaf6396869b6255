"""What makes a repeated command the same command."""

import hashlib
import uuid

import msgspec

from commands.command import Actor, Command

NAMESPACE = uuid.UUID("6f1c2f6e-8f0b-5c0e-9a53-1d6f1a7c0d11")
OURS = "~"
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def body_hash(command: Command) -> bytes:
    """Of what is asked, without the time of asking: a derived command may be derived again."""
    fields = msgspec.structs.asdict(command)
    del fields["now"], fields["occurred_at"]
    by = command.by
    fields["by"] = {"role": by.role, "subject": by.subject}
    payload = _CANONICAL.encode([type(command).__name__, fields])
    return hashlib.blake2b(payload, digest_size=16).digest()


def request_hash(method: str, path: str, body: bytes) -> bytes:
    """Of an HTTP request as it came."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (method.encode(), path.encode(), body):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()


def client_command_id(by: Actor, key: str) -> str:
    """`role:subject/key`: a subject holds no slash, so it can be taken apart in one way only.

    Ids that we make ourselves begin with the name of a process or a provider and a slash; no such
    name holds a colon, so no client can name one of them.
    """
    if "/" in by.subject:
        raise ValueError("a subject with a slash")
    return f"{by}/{key}"


def uuid_of(*parts: str) -> str:
    """A UUID that the same parts always give."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))


def derived_id(*parts: str) -> str:
    """An id of ours that the same parts always give.

    It begins with `OURS`, which no id of a client's may: what anybody can work out nobody can take
    before us.
    """
    return OURS + uuid_of(*parts)
