"""Bodies of answers from outside, read in one place: what is unreadable is so for every adapter."""

import msgspec


class NotReadable(Exception):
    """This is no JSON, or of no known shape. Each port says what that means to it."""


def decoded[T](body: bytes, shape: type[T]) -> T:
    """Raises `NotReadable`, for bytes that are no UTF-8 and for nesting without end too."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotReadable(type(error).__name__) from error
