"""The port to the state's registers.

`Succeeded(evidence)`: they are what they say. `Declined(evidence, reason)`: a definite no. What is
limited, slow or away is neither.
"""

from datetime import datetime
from typing import Any

from commands.command import Actor, Command
from commands.outside.port import Declined, Port, Result, Succeeded
from commands.outside.tax.call import PORT, CheckSeller
from commands.streams.seller_verification.messages import RecordSellerCheck
from eventstore.events.seller_verification import Found

# By the reason's first word.
FOUND: dict[str, Found] = {"not-found": "not_found", "other": "other"}


def command_for(call: CheckSeller, result: Result, now: datetime) -> Command | None:
    at: dict[str, Any] = {"by": Actor("system", call.provider), "now": now, "occurred_at": now}
    at |= {"seller_id": call.seller_id, "check_id": call.key}
    match result:
        case Succeeded(reference=evidence):
            return RecordSellerCheck(found="active", reason="", evidence=evidence, **at)
        case Declined(reference=evidence, reason=reason):
            found = FOUND.get(reason.partition(":")[0], "not_active")
            return RecordSellerCheck(found=found, reason=reason, evidence=evidence, **at)
        case _:
            return None


TAX = Port(name=PORT, calls=(CheckSeller,), command_for=command_for)
