"""Refusals and store errors to HTTP: a refusal's kind gives its status."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

from litestar import Request, Response

from commands.accounts.gate import ProofRequired
from commands.accounts.refusals import IdentityProviderAway, PasswordsBusy
from commands.accounts.sessions import GrantInvalid
from commands.refusals import Conflict, Forbidden, Invalid, NotNow, Refusal, Unknown
from eventstore.errors import (
    CommandIdReused,
    Contended,
    EventTooLarge,
    OutcomeUnknown,
    QueueFull,
    StoreError,
    VersionMismatch,
)
from write_api.caller import HeaderInvalid

STATUS: dict[type[Refusal], HTTPStatus] = {
    Unknown: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    NotNow: HTTPStatus.TOO_MANY_REQUESTS,
}
SOON = {"Retry-After": "2"}
UNAVAILABLE: dict[type[Exception], str] = {
    QueueFull: "overloaded",
    Contended: "contended",
    OutcomeUnknown: "outcome-unknown",
}


class MakeProblem(Protocol):
    """How deploy renders a problem; the same for both APIs."""

    def __call__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        challenge: Mapping[str, Any] = ...,
    ) -> Response[Any]: ...


type Handler = Callable[[Request[Any, Any, Any], Exception], Response[object]]


def _of_no_kind(problem: MakeProblem) -> dict[type[Exception], Handler]:
    """Refusals that are of no kind: by the store itself, and of who would have to wait."""

    def on_version(_: object, error: Exception) -> Response[object]:
        detail = f"{error}: read it again and repeat with the new ETag."
        return problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch", detail)

    def on_too_large(_: object, error: Exception) -> Response[object]:
        detail = f"{error}: ask for less at a time."
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "event-too-large", detail)

    def on_busy(_: object, error: Exception) -> Response[object]:
        detail = f"{error.__doc__} Come again in a moment."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", detail, headers=SOON)

    def on_away(_: object, error: Exception) -> Response[object]:
        return problem(503, "provider-unavailable", str(error.__doc__), headers=SOON)

    def on_grant(_: object, __: Exception) -> Response[object]:
        """Who was of staff, or a seller's, when the request came, and is no more."""
        detail = "The session does not act for that any more: sign in again."
        return problem(HTTPStatus.FORBIDDEN, "not-allowed", detail)

    def on_proof(_: object, error: Exception) -> Response[object]:
        assert isinstance(error, ProofRequired)
        status, code = HTTPStatus.TOO_MANY_REQUESTS, "proof-of-work-required"
        detail = "Solve `challenge` (altcha, PBKDF2) and repeat with the solution as `proof`."
        return problem(status, code, detail, challenge=error.challenge)

    return {
        VersionMismatch: on_version,
        EventTooLarge: on_too_large,
        PasswordsBusy: on_busy,
        IdentityProviderAway: on_away,
        ProofRequired: on_proof,
        GrantInvalid: on_grant,
    }


def handlers(problem: MakeProblem) -> dict[type[Exception], Handler]:
    """Exception handlers for everything that the write side raises on purpose."""

    def on_refusal(_: object, error: Exception) -> Response[object]:
        assert isinstance(error, Refusal)
        status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
        fields = [(error.field, str(error))] if error.field else None
        headers = {"Retry-After": str(error.after_s)} if isinstance(error, NotNow) else None
        return problem(status, error.code, str(error), fields=fields, headers=headers)

    def on_store(_: object, error: Exception) -> Response[object]:
        if isinstance(error, CommandIdReused):
            detail = "This Idempotency-Key was first used with another request."
            fields = [("Idempotency-Key", "was used with another body")]
            return problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail, fields=fields
            )
        retry = getattr(error, "retry_after_s", 1)
        code = UNAVAILABLE.get(type(error), "unavailable")
        detail = f"{error}. Send the same request again with the same Idempotency-Key."
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE, code, detail, headers={"Retry-After": str(retry)}
        )

    def on_header(_: object, error: Exception) -> Response[object]:
        assert isinstance(error, HeaderInvalid)
        fields = [(error.header, error.reason)]
        return problem(HTTPStatus.BAD_REQUEST, "invalid-request", str(error), fields=fields)

    return {
        Refusal: on_refusal,
        **_of_no_kind(problem),
        StoreError: on_store,
        HeaderInvalid: on_header,
    }
