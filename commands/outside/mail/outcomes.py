"""What became of a letter to the command that records it."""

from datetime import datetime
from typing import Any

from commands.command import Actor, Command
from commands.outside.mail.call import SendLetter
from commands.outside.port import Declined, Result, Succeeded
from commands.streams.notice.messages import RecordNoticeRefused, RecordNoticeSent


def command_for(call: SendLetter, result: Result, now: datetime) -> Command | None:
    at: dict[str, Any] = {"by": Actor("system", call.provider), "now": now, "occurred_at": now}
    match result:
        case Succeeded(reference=reference):
            return RecordNoticeSent(notice_id=call.key, reference=reference, **at)
        case Declined(reason=reason):
            return RecordNoticeRefused(notice_id=call.key, reason=reason, **at)
        case _:
            return None
