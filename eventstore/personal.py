"""Which fields of events are about persons: marked where they enter, `Personal[str]`."""

import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAliasType, get_args

import msgspec
from msgspec import Meta

from eventstore.events.base import Event

MARK = "personal"
SEALED = "sealed"

type Personal[T] = Annotated[T, Meta(extra={MARK: True})]
"""Data of a person, or a token of a person's account elsewhere.

It is shown to whom it is about and to operators, redacted for everyone else, and never in logs,
metrics, ids or search documents.
"""


type Sealed = Annotated[str, Meta(extra={MARK: True, SEALED: True})]
"""A text of a person that is sealed before it is decided on: in the log it is noise without a key.

Marked on a command's field, and on the event's that it goes into as it is.
"""


def sealed_fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of a struct's own sealed fields.

    Raises `TypeError` for one that is no plain text of its own: what stands deeper, or in a list,
    would be stored in clear.
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    own = tuple(name for name, hint in hints.items() if hint is Sealed)
    for name, hint in hints.items():
        if name not in own and _holds_sealed(hint):
            raise TypeError(
                f"{kind.__name__}.{name} holds a sealed text that is no field of its own"
            )
    return own


def _holds_sealed(hint: Any) -> bool:
    for part in parts(hint):
        if isinstance(part, Meta) and (part.extra or {}).get(SEALED):
            return True
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            inner = typing.get_type_hints(part, include_extras=True).values()
            if any(map(_holds_sealed, inner)):
                return True
    return False


def personal_fields(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The names of a struct's marked fields, and of those of the structs that it holds."""
    return frozenset(_marked(kind))


def _marked(kind: type[msgspec.Struct]) -> Iterator[str]:
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        for part in parts(hint):
            if _is_mark(part):
                yield name
            elif isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield from _marked(part)


def parts(hint: Any) -> Iterator[Any]:
    """The types and marks that a field's type is made of."""
    yield hint
    if isinstance(hint, TypeAliasType):
        yield from parts(hint.__value__)
    origin = typing.get_origin(hint)
    if isinstance(origin, TypeAliasType):
        yield from parts(origin.__value__)
    for argument in get_args(hint):
        yield from parts(argument)


def _is_mark(part: Any) -> bool:
    return isinstance(part, Meta) and bool((part.extra or {}).get(MARK))


def of_all(events: Mapping[str, type[Event]]) -> frozenset[str]:
    """The names of all marked fields of these event types."""
    return frozenset(name for event in events.values() for name in personal_fields(event))
