"""Facts about sessions: signed in, by what and from where, and ended."""

from typing import Literal

from eventstore.events.base import Event
from eventstore.identity import Surface
from eventstore.personal import Sealed

type Method = Literal[
    "code",
    "password+code",
    "password+device",
    "password+totp",
    "password+recovery_code",
    "device",
    "passkey",
    "social",
    "social+device",
    "social+totp",
    "social+recovery_code",
    "api_key",
]
type EndReason = Literal[
    "signed_out",
    "signed_out_elsewhere",
    "token_reused",
    "password_reset",
    "password_changed",
    "contact_restored",
    "api_key_revoked",
    "role_revoked",
    "blocked",
    "member_left",
    "device_revoked",
]


def session_stream(session_id: str) -> str:
    return f"session-{session_id}"


class SessionEvent(Event, frozen=True, kw_only=True):
    session_id: str
    account_id: str

    @property
    def stream(self) -> str:
        return session_stream(self.session_id)


class SessionStarted(SessionEvent, frozen=True, kw_only=True, tag="session.started.v1"):
    """`seller_id` is whom it acts for, "" for nobody else. `address` is the client's network
    address, sealed for the account.
    """

    surface: Surface
    seller_id: str
    device_id: str
    method: Method
    address: Sealed


class SessionEnded(SessionEvent, frozen=True, kw_only=True, tag="session.ended.v1"):
    """Its access tokens are refused from now on, and it is not refreshed."""

    reason: EndReason
