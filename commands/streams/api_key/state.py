"""What an API key remembers. Whether it is good still its session says."""

import msgspec

from commands.stream import Fold
from eventstore.events.api_key import ApiKeyIssued, ApiKeyReplaced, api_key_stream
from eventstore.events.base import Event


class Unissued(msgspec.Struct, frozen=True, gc=False):
    pass


class Issued(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    seller_id: str
    account_id: str
    replaced: bool = False


type ApiKey = Unissued | Issued

INITIAL = Unissued()


def evolve(key: ApiKey, event: Event) -> ApiKey:
    match key, event:
        case Unissued(), ApiKeyIssued():
            return Issued(seller_id=event.seller_id, account_id=event.account_id)
        case Issued(replaced=False), ApiKeyReplaced():
            return msgspec.structs.replace(key, replaced=True)
        case _:
            raise AssertionError(f"the log is broken: {event} after {key}")


API_KEY: Fold[ApiKey] = Fold("api_key", api_key_stream, INITIAL, evolve)
