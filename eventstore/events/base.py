"""What every event of the log is: an immutable fact with a permanent stored name."""

import msgspec


class Event(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    tag_field="type",
    forbid_unknown_fields=True,
):
    """A fact. The struct's tag is its stored name and never changes once released."""

    @property
    def stream(self) -> str:
        """The stream that this fact belongs to: `<category>-<id>`."""
        raise TypeError(f"{type(self).__name__} does not say which stream it belongs to")


def stored_name(event_type: type[Event]) -> str:
    """The permanent name, for example `escrow.funds_held.v1`."""
    return str(event_type.__struct_config__.tag)


def category_of(stream: str) -> str:
    """The kind of stream: what stands before the first hyphen."""
    return stream.partition("-")[0]
