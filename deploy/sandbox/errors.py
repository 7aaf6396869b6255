"""Refusals, in the one shape in which the sandbox tells them."""

from http import HTTPStatus
from typing import Any


class RefusedError(Exception):
    """A request that is answered with an error and leaves nothing behind."""

    def __init__(self, status: int, kind: str, message: str, **details: str | None) -> None:
        """Answer `status` with an error of type `kind`; `details` join the error object."""
        super().__init__(message)
        self.status = status
        self.body = error_body(kind, message, **details)


def error_body(kind: str, message: str, **details: str | None) -> dict[str, Any]:
    """Return the JSON document of an error of type `kind`."""
    return {"error": {"type": kind, **details, "message": message}}


def invalid(param: str | None, message: str) -> RefusedError:
    """Return the refusal of a request whose field `param` (none: the whole body) is wrong."""
    return RefusedError(HTTPStatus.BAD_REQUEST, "invalid_request", message, param=param)


def not_found(what: str) -> RefusedError:
    """Return the refusal of a request for a `what` that does not exist."""
    return RefusedError(HTTPStatus.NOT_FOUND, "not_found", f"no such {what}")
