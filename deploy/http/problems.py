"""RFC 9457 problems for what any HTTP application can go wrong with."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from deploy.http.tokens import TokenInvalid

TYPE = "urn:market:problem:"
MEDIA_TYPE = "application/problem+json"
PATH_IN_MESSAGE = re.compile(r" - at `\$\.?([^`]*)`")

NOTHING: Mapping[str, Any] = {}

log = logging.getLogger(__name__)


class FieldError(msgspec.Struct, frozen=True):
    field: str
    reason: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error answer. `type` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []
    lag: list[object] = []
    challenge: Mapping[str, Any] = {}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    fields: list[tuple[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    lag: Sequence[object] = (),
    challenge: Mapping[str, Any] = NOTHING,
) -> Response[Problem]:
    """`fields` are the inputs at fault, each with its reason; `lag` is what a read waited for,
    `challenge` what is to be solved first.
    """
    body = Problem(
        type=TYPE + code,
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        errors=[FieldError(field, reason) for field, reason in fields or []],
        lag=list(lag),
        challenge=challenge,
    )
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def unauthenticated(error: TokenInvalid) -> Response[Problem]:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthenticated",
        str(error),
        headers={"WWW-Authenticate": 'Bearer realm="market"'},
    )


def on_validation(_: Request[Any, Any, Any], error: ValidationException) -> Response[Problem]:
    extra: list[dict[str, object]] = error.extra if isinstance(error.extra, list) else []
    fields = [_field(item) for item in extra]
    code = "invalid-request"
    if [reason for _, reason in fields] == ["'data'"]:
        fields = [("body", "a JSON object is required")]
    detail = "; ".join(f"{field or 'body'}: {reason}" for field, reason in fields) or error.detail
    return problem(HTTPStatus.BAD_REQUEST, code, detail, fields=fields)


def _field(item: dict[str, object]) -> tuple[str, str]:
    message = str(item.get("message", ""))
    # "data" is the framework's word for the body.
    field = str(item.get("key", "")).removeprefix("data").lstrip(".")
    found = PATH_IN_MESSAGE.search(message)
    if found:
        message = message.replace(found.group(0), "")
        field = found.group(1) or field
    unknown = re.search(r"unknown field `([^`]*)`", message)
    if unknown:
        field = f"{field}.{unknown.group(1)}".lstrip(".")
    missing = re.search(r"missing required field `([^`]*)`", message)
    if missing:
        field = f"{field}.{missing.group(1)}".lstrip(".")
    return field.replace("[...]", "[]"), message


def _decoding_error(error: BaseException | None) -> BaseException | None:
    """The decoder's own error, under the wrappings of the framework."""
    while error is not None and not isinstance(error, msgspec.MsgspecError):
        error = error.__cause__ or error.__context__
    return error


def on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    cause = _decoding_error(error)
    if isinstance(cause, msgspec.ValidationError):
        fields = [_field({"message": str(cause)})]
        return problem(HTTPStatus.BAD_REQUEST, "invalid-request", str(cause), fields=fields)
    if isinstance(cause, msgspec.DecodeError):
        return problem(HTTPStatus.BAD_REQUEST, "malformed-json", str(cause))
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "-")
    return problem(status, code, error.detail, headers=error.headers)


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A fault of ours. What went wrong is for the log, not for the caller."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", "The fault is on our side.")


def on_not_text(_: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[Problem]:
    detail = f"The body is not UTF-8: {error.reason} at byte {error.start}."
    return problem(HTTPStatus.BAD_REQUEST, "malformed-json", detail)


HANDLERS: dict[type[Exception], Callable[..., Response[Any]]] = {
    UnicodeDecodeError: on_not_text,
    ValidationException: on_validation,
    HTTPException: on_http,
    Exception: on_fault,
}
