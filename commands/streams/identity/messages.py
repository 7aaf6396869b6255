"""What can be asked of an identity's stream."""

from commands.command import Answer, Command


class LinkIdentity(Command, frozen=True, kw_only=True):
    """Its provider has said that it is theirs. `identity` is its keyed hash."""

    account_id: str
    identity: str
    identity_id: str
    provider: str


class UnlinkIdentity(Command, frozen=True, kw_only=True):
    account_id: str
    identity: str


class IdentityAnswer(Answer, frozen=True, kw_only=True):
    identity_id: str
