"""Handlers of verification."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.seller.state import SELLER
from commands.streams.seller_verification import decider
from commands.streams.seller_verification.messages import (
    CheckRecorded,
    RecordSellerCheck,
    RequestSellerCheck,
    SubmitSellerDetails,
    VerificationAnswer,
)
from commands.streams.seller_verification.state import VERIFICATION


def submit(command: SubmitSellerDetails, states: States, _: Policy) -> Decision:
    verification = states.of(VERIFICATION, command.seller_id)
    events = decider.submit(command, verification, states.of(SELLER, command.seller_id))
    return events, VerificationAnswer(seller_id=command.seller_id, check_id=command.check_id)


def request(command: RequestSellerCheck, states: States, _: Policy) -> Decision:
    events = decider.request(command, states.of(VERIFICATION, command.seller_id))
    return events, VerificationAnswer(seller_id=command.seller_id, check_id=command.check_id)


def record(command: RecordSellerCheck, states: States, _: Policy) -> Decision:
    verification = states.of(VERIFICATION, command.seller_id)
    events = decider.record(command, verification, states.of(SELLER, command.seller_id))
    return events, CheckRecorded(check_id=command.check_id)


STREAM = Stream(
    fold=VERIFICATION,
    handlers={
        SubmitSellerDetails: submit,
        RequestSellerCheck: request,
        RecordSellerCheck: record,
    },
)
