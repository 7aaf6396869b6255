"""Handlers of sellers."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.seller import decider
from commands.streams.seller.messages import RegisterSeller, SellerAnswer, SuspendSeller
from commands.streams.seller.state import SELLER


def register(command: RegisterSeller, states: States, _: Policy) -> Decision:
    events = decider.register(command, states.of(SELLER, command.seller_id, new=True))
    return events, SellerAnswer(seller_id=command.seller_id)


def suspend(command: SuspendSeller, states: States, _: Policy) -> Decision:
    events = decider.suspend(command, states.of(SELLER, command.seller_id))
    return events, SellerAnswer(seller_id=command.seller_id)


STREAM = Stream(fold=SELLER, handlers={RegisterSeller: register, SuspendSeller: suspend})
