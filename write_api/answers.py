"""Outcomes to HTTP answers."""

from http import HTTPStatus

from litestar import Response

from eventstore.batch import Outcome

JSON = "application/json"


def answer(outcome: Outcome, status: HTTPStatus = HTTPStatus.OK) -> Response[bytes]:
    """The first answer's bytes. `Log-Position` is what a read's `Read-After` waits for."""
    headers = {"Log-Position": str(outcome.position)}
    if outcome.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(outcome.answer, status_code=status, media_type=JSON, headers=headers)


def created(outcome: Outcome) -> Response[bytes]:
    return answer(outcome, HTTPStatus.CREATED)
