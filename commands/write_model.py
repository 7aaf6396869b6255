"""All streams of the write model, a line each; everything else about them is derived."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from commands.command import Command
from commands.stream import Fold, Handler, Reads, Stream
from commands.streams.account.handlers import STREAM as ACCOUNT
from commands.streams.api_key.handlers import STREAM as API_KEY
from commands.streams.attempt.handlers import STREAM as ATTEMPT
from commands.streams.contact.handlers import STREAM as CONTACT
from commands.streams.escrow.handlers import STREAM as ESCROW
from commands.streams.identity.handlers import STREAM as IDENTITY
from commands.streams.listing.handlers import STREAM as LISTING
from commands.streams.membership.handlers import STREAM as MEMBERSHIP
from commands.streams.notice.handlers import STREAM as NOTICE
from commands.streams.order.handlers import STREAM as ORDER
from commands.streams.payment.handlers import STREAM as PAYMENT
from commands.streams.payout.handlers import STREAM as PAYOUT
from commands.streams.provider_report.handlers import STREAM as PROVIDER_REPORT
from commands.streams.refund.handlers import STREAM as REFUND
from commands.streams.restriction.handlers import STREAM as RESTRICTION
from commands.streams.seller.handlers import STREAM as SELLER
from commands.streams.seller_account.handlers import STREAM as SELLER_ACCOUNT
from commands.streams.seller_verification.handlers import STREAM as SELLER_VERIFICATION
from commands.streams.session.handlers import STREAM as SESSION
from commands.streams.shipping_quote.handlers import STREAM as SHIPPING_QUOTE
from commands.streams.stock.handlers import STREAM as STOCK
from eventstore.events.base import Event, category_of
from eventstore.registry import REGISTRY

STREAMS: tuple[Stream, ...] = (
    SELLER,
    LISTING,
    STOCK,
    SHIPPING_QUOTE,
    ORDER,
    PAYMENT,
    ESCROW,
    REFUND,
    SELLER_ACCOUNT,
    PAYOUT,
    PROVIDER_REPORT,
    ACCOUNT,
    CONTACT,
    SESSION,
    NOTICE,
    RESTRICTION,
    MEMBERSHIP,
    ATTEMPT,
    IDENTITY,
    API_KEY,
    SELLER_VERIFICATION,
)

FOLDS: Mapping[str, Fold[object]] = {stream.fold.category: stream.fold for stream in STREAMS}
HANDLERS: Mapping[type[Command], Handler] = {
    command: handler for stream in STREAMS for command, handler in stream.handlers.items()
}
READS: Mapping[type[Command], Reads] = {
    command: reads for stream in STREAMS for command, reads in stream.reads.items()
}
ANSWERS = msgspec.json.Encoder()

# By the event's type: what category it is of stands in its stored name.
EVOLVE: Mapping[type[Event], Callable[[object, Event], object]] = {
    event: FOLDS[name.partition(".")[0]].evolve
    for name, event in REGISTRY.items()
    if name.partition(".")[0] in FOLDS
}


class WriteModelFold:
    """`eventstore.heads.Fold` over all streams of the write model."""

    def initial(self, stream: str) -> object:
        return FOLDS[category_of(stream)].initial

    def evolve(self, state: object, event: Event) -> object:
        return EVOLVE[type(event)](state, event)


def streams_of(command: Command) -> Sequence[str]:
    """Which streams a command will surely read."""
    known = READS.get(type(command))
    return known(command) if known else ()
