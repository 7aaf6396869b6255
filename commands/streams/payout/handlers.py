"""Handlers of payouts."""

from collections.abc import Sequence

from commands.command import NoAnswer, Policy
from commands.stream import Decision, States, Stream, has, only
from commands.streams.payout import decider
from commands.streams.payout.messages import (
    PayoutAnswer,
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.streams.payout.state import PAYOUT
from commands.streams.seller.state import SELLER
from commands.streams.seller_account.state import SELLER_ACCOUNT
from eventstore.events.payout import PayoutRequested, PayoutSettled


def request(command: RequestPayout, states: States, policy: Policy) -> Decision:
    events = decider.request(
        command,
        states.of(PAYOUT, command.payout_id, new=True),
        states.of(SELLER, command.seller_id),
        states.of(SELLER_ACCOUNT, command.seller_id),
        policy,
    )
    return events, PayoutAnswer(
        payout_id=command.payout_id,
        seller_id=command.seller_id,
        amount=only(events, PayoutRequested).amount,
        status="settled" if has(events, PayoutSettled) else "requested",
    )


def send(command: RecordPayoutSent, states: States, _: Policy) -> Decision:
    return decider.send(command, states.of(PAYOUT, command.payout_id)), NoAnswer()


def settle(command: RecordPayoutSettled, states: States, _: Policy) -> Decision:
    payout = states.of(PAYOUT, command.payout_id)
    account = states.of(SELLER_ACCOUNT, command.seller_id)
    return decider.settle(command, payout, account), NoAnswer()


def fail(command: RecordPayoutFailed, states: States, _: Policy) -> Decision:
    payout = states.of(PAYOUT, command.payout_id)
    account = states.of(SELLER_ACCOUNT, command.seller_id)
    return decider.fail(command, payout, account), NoAnswer()


def _requested(command: RequestPayout) -> Sequence[str]:
    return [SELLER.name(command.seller_id), SELLER_ACCOUNT.name(command.seller_id)]


STREAM = Stream(
    fold=PAYOUT,
    handlers={
        RequestPayout: request,
        RecordPayoutSent: send,
        RecordPayoutSettled: settle,
        RecordPayoutFailed: fail,
    },
    reads={RequestPayout: _requested},
)
