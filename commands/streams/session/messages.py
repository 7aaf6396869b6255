"""What can be asked of a session's stream."""

from commands.command import Answer, Command
from eventstore.events.session import EndReason, Method
from eventstore.identity import Surface
from eventstore.personal import Sealed


class StartSession(Command, frozen=True, kw_only=True):
    """`credentials` is which of the account's passwords was shown, or reset by a code; `identity`
    the keyed hash of the identity at a provider that was shown.
    """

    session_id: str
    account_id: str
    credentials: int
    surface: Surface
    seller_id: str = ""
    device_id: str
    method: Method
    address: Sealed
    identity: str = ""

    @property
    def sealed_for(self) -> str:
        return self.account_id


class EndSession(Command, frozen=True, kw_only=True):
    session_id: str
    account_id: str
    reason: EndReason


class SessionAnswer(Answer, frozen=True, kw_only=True):
    session_id: str
