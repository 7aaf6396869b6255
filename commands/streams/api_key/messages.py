"""What can be asked of an API key's stream."""

from datetime import datetime

from commands.command import Answer, Command
from eventstore.identity import Member
from eventstore.personal import Sealed


class IssueApiKey(Command, frozen=True, kw_only=True):
    """`member` is the part that its permissions were judged by; `replaces` is a key of the seller's
    that is good until `overlap_until` then.
    """

    key_id: str
    seller_id: str
    account_id: str
    member: Member
    permissions: tuple[str, ...]
    expires_at: datetime
    address: Sealed
    replaces: str = ""
    overlap_until: datetime | None = None

    @property
    def sealed_for(self) -> str:
        return self.account_id


class RevokeApiKey(Command, frozen=True, kw_only=True):
    """By any of the seller's people who may."""

    key_id: str
    seller_id: str


class ApiKeyAnswer(Answer, frozen=True, kw_only=True):
    key_id: str
