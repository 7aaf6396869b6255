"""Keys of programs that act for a seller in the name of one of its people.

A key is a session that nobody refreshes: it ends as one, in the session's stream of the same id.
"""

from datetime import datetime

from eventstore.events.base import Event


def api_key_stream(key_id: str) -> str:
    return f"api_key-{key_id}"


class ApiKeyEvent(Event, frozen=True, kw_only=True):
    key_id: str
    seller_id: str
    account_id: str

    @property
    def stream(self) -> str:
        return api_key_stream(self.key_id)


class ApiKeyIssued(ApiKeyEvent, frozen=True, kw_only=True, tag="api_key.issued.v1"):
    """`replaces` is the key that it takes the place of, which is good for some time yet."""

    permissions: tuple[str, ...]
    expires_at: datetime
    replaces: str | None


class ApiKeyReplaced(ApiKeyEvent, frozen=True, kw_only=True, tag="api_key.replaced.v1"):
    """By another; good until then."""

    replaced_by: str
    until: datetime
