"""What is known of who a seller is."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.seller_verification import (
    Found,
    SellerChecked,
    SellerCheckRequested,
    SellerDetailsSubmitted,
    SellerKind,
    seller_verification_stream,
)


class Unsaid(msgspec.Struct, frozen=True, gc=False):
    pass


class Said(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`asking` is the check that is under way, "" for none; `found` what the last one has."""

    details_id: str
    kind: SellerKind
    provider: str
    asking: str
    found: Found | None = None


type Verification = Unsaid | Said

INITIAL = Unsaid()


def evolve(verification: Verification, event: Event) -> Verification:
    match verification, event:
        case _, SellerDetailsSubmitted():
            return Said(
                details_id=event.details_id,
                kind=event.kind,
                provider=event.provider,
                asking=event.check_id,
            )
        case Said(asking=""), SellerCheckRequested():
            return msgspec.structs.replace(verification, asking=event.check_id)
        case Said(), SellerChecked() if event.check_id == verification.asking:
            return msgspec.structs.replace(verification, asking="", found=event.found)
        case _:
            raise AssertionError(f"the log is broken: {event} after {verification}")


VERIFICATION: Fold[Verification] = Fold(
    "seller_verification", seller_verification_stream, INITIAL, evolve
)
