"""Ask the state's registers for every check that the log asks for."""

from collections.abc import Sequence

from commands.outside.tax.call import PORT, CheckSeller
from commands.processes.process import NoState, Process
from commands.processes.reactions import Call, CallDone, Reaction
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.seller_verification import (
    SellerChecked,
    SellerCheckRequested,
    SellerDetailsSubmitted,
)


class CheckSellers(Process[NoState]):
    name = "check-sellers"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case SellerDetailsSubmitted() | SellerCheckRequested() | SellerChecked():
                return event.seller_id
            case _:
                return None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        match recorded.event:
            case SellerDetailsSubmitted() | SellerCheckRequested() as event:
                call = CheckSeller(
                    provider=event.provider,
                    key=event.check_id,
                    seller_id=event.seller_id,
                    details_id=event.details_id,
                    correlation_id=recorded.envelope.correlation_id,
                )
                return [Call(call)]
            case SellerChecked(check_id=key):
                return [CallDone(PORT, CheckSeller.kind, key)]
            case _:
                return []
