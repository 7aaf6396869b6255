"""Whose an identity at a provider is. The stream's name is a keyed hash of issuer and subject.

An identity is who somebody is at a provider, never an address: addresses change hands.
"""

from eventstore.events.base import Event


def identity_stream(identity: str) -> str:
    return f"identity-{identity}"


class IdentityEvent(Event, frozen=True, kw_only=True):
    """`identity` is the keyed hash, `identity_id` the row that holds issuer and subject."""

    identity: str
    identity_id: str
    account_id: str

    @property
    def stream(self) -> str:
        return identity_stream(self.identity)


class IdentityLinked(IdentityEvent, frozen=True, kw_only=True, tag="identity.linked.v1"):
    """From now on it signs in to the account."""

    provider: str


class IdentityUnlinked(IdentityEvent, frozen=True, kw_only=True, tag="identity.unlinked.v1"):
    """It may be linked again, to whomever."""
