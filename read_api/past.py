"""`as_of` and `known_at`: a log position or a time with its zone."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar.params import QueryParameter

from projections.as_of import AsOf, NotAMoment, moment
from projections.as_of import as_of as both
from read_api.refused import ReadRefused

AsOfText = Annotated[str | None, QueryParameter(max_length=40)]


def as_of_or_now(as_of: str | None, known_at: str | None) -> AsOf | None:
    """None where neither is given. Raises `ReadRefused`, which names the field.

    A position says which events there were; a time of `as_of` is business time, one of
    `known_at` is recording time.
    """
    if as_of is None and known_at is None:
        return None
    for field, text in (("as_of", as_of), ("known_at", known_at)):
        try:
            moment(_unescaped(text))
        except NotAMoment as error:
            raise ReadRefused(
                HTTPStatus.BAD_REQUEST, "invalid-request", str(error), field=field
            ) from error
    return both(_unescaped(as_of), _unescaped(known_at))


def _unescaped(text: str | None) -> str | None:
    """A plus sign of a zone that was not escaped arrives as a space."""
    return text.replace(" ", "+") if text and "T" in text else text


def must_have_zone(**times: datetime | None) -> None:
    """Raises `ReadRefused` for the first that has none."""
    for field, at in times.items():
        if at is not None and at.tzinfo is None:
            raise ReadRefused(
                HTTPStatus.BAD_REQUEST,
                "invalid-request",
                "must have its zone, such as Z",
                field=field,
            )
