"""Events to stored JSON and back: `state` holds the envelope with the event under `data`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from eventstore.events.base import Event, stored_name
from eventstore.registry import REGISTRY
from eventstore.upcasters import UPCASTERS, Data, Upcaster, upcast
from eventstore.values import Envelope


class StoredState[E](Envelope, frozen=True, kw_only=True):
    """The JSON in the `state` column: the envelope, and the event under `data`."""

    data: E


class Recorded(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An event where it stands in the log. `position` is gapless and in commit order."""

    position: int
    stream: str
    version: int
    name: str
    envelope: Envelope
    event: Event


ENCODER = msgspec.json.Encoder()
_NAMES = {event: name for name, event in REGISTRY.items()}
_DECODERS: dict[str, msgspec.json.Decoder[StoredState[Event]]] = {
    name: msgspec.json.Decoder(StoredState[event])  # type: ignore[valid-type]
    for name, event in REGISTRY.items()
}
_DECODE = {name: decoder.decode for name, decoder in _DECODERS.items()}
_RAW: msgspec.json.Decoder[StoredState[Data]] = msgspec.json.Decoder(StoredState[dict[str, Any]])


def decoder_of(name: str) -> msgspec.json.Decoder[StoredState[Event]]:
    """The decoder of a current stored name. Raises `KeyError` for any other."""
    return _DECODERS[name]


def name_of(event: Event) -> str:
    return _NAMES[type(event)]


def encode(event: Event, envelope: Envelope) -> bytes:
    return ENCODER.encode(
        StoredState(
            occurred_at=envelope.occurred_at,
            recorded_at=envelope.recorded_at,
            actor=envelope.actor,
            command_id=envelope.command_id,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            account=envelope.account,
            session=envelope.session,
            data=event,
        )
    )


def envelope_of(stored: Envelope) -> Envelope:
    """The envelope alone, where a decoded state stands for it."""
    return Envelope(**{field: getattr(stored, field) for field in Envelope.__struct_fields__})


def decode_state(
    name: str, state: bytes, chain: Mapping[str, Upcaster] = UPCASTERS
) -> StoredState[Event]:
    """Raises `UnknownStoredName`, or `msgspec.ValidationError` for a state of another shape."""
    known_shape = _DECODE.get(name)
    if known_shape is not None:
        return known_shape(state)
    raw = _RAW.decode(state)
    known, data = upcast(name, raw.data, REGISTRY, chain)
    event = msgspec.convert(data | {"type": known}, REGISTRY[known])
    return StoredState(
        occurred_at=raw.occurred_at,
        recorded_at=raw.recorded_at,
        actor=raw.actor,
        command_id=raw.command_id,
        correlation_id=raw.correlation_id,
        causation_id=raw.causation_id,
        account=raw.account,
        session=raw.session,
        data=event,
    )


def decode(position: int, stream: str, version: int, name: str, state: bytes) -> Recorded:
    stored = decode_state(name, state)
    return Recorded(
        position=position,
        stream=stream,
        version=version,
        name=name,
        envelope=stored,
        event=stored.data,
    )


__all__ = ["Recorded", "StoredState", "decode", "decode_state", "encode", "name_of", "stored_name"]
