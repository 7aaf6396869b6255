"""Errors in the shape Meilisearch gives them, for HTTP answers and for failed tasks."""

import msgspec


class ErrorBody(msgspec.Struct, frozen=True):
    message: str
    code: str
    type: str
    link: str


class ApiError(Exception):
    """A refusal with Meilisearch's code, kind and HTTP status; raised anywhere below the routes."""

    def __init__(
        self, message: str, code: str, *, status: int = 400, kind: str = "invalid_request"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = ErrorBody(message, code, kind, f"https://docs.meilisearch.com/errors#{code}")


def index_not_found(uid: str) -> ApiError:
    """The named index does not exist."""
    return ApiError(f"Index `{uid}` not found.", "index_not_found", status=404)


def internal_error(error: Exception) -> ApiError:
    """A fault of this server, not of the request."""
    message = f"An internal error has occurred: {type(error).__name__}."
    return ApiError(message, "internal", status=500, kind="internal")
