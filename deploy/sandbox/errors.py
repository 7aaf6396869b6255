"""Refusals, in the one shape in which the sandbox tells them."""

from http import HTTPStatus

import msgspec

from deploy.sandbox.objects import Made


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    param: str | msgspec.UnsetType | None = msgspec.UNSET
    code: str | msgspec.UnsetType | None = msgspec.UNSET
    message: str


class ErrorBody(msgspec.Struct, frozen=True):
    """`object` is what was made all the same, and is declined."""

    error: Problem
    object: Made | msgspec.UnsetType = msgspec.UNSET


class RefusedError(Exception):
    """A request that is answered with an error and leaves nothing behind."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.message)
        self.status = status
        self.body = ErrorBody(problem)


def refused(status: int, kind: str, message: str) -> RefusedError:
    """Return the refusal of type `kind`."""
    return RefusedError(status, Problem(type=kind, message=message))


def invalid(param: str | None, message: str) -> RefusedError:
    """Return the refusal of a request whose field `param` (none: the whole body) is wrong."""
    problem = Problem(type="invalid_request", param=param, message=message)
    return RefusedError(HTTPStatus.BAD_REQUEST, problem)


def not_found(what: str) -> RefusedError:
    """Return the refusal of a request for a `what` that does not exist."""
    return refused(HTTPStatus.NOT_FOUND, "not_found", f"no such {what}")
