"""Errors in the shape Meilisearch gives them, for HTTP answers and for failed tasks."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal with Meilisearch's code, kind and HTTP status; raised anywhere below the routes."""

    def __init__(
        self, message: str, code: str, *, status: int = 400, kind: str = "invalid_request"
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.kind = kind

    def body(self) -> dict[str, str]:
        """The error object: message, code, type and link."""
        return {
            "message": self.message,
            "code": self.code,
            "type": self.kind,
            "link": f"https://docs.meilisearch.com/errors#{self.code}",
        }


def index_not_found(uid: str) -> ApiError:
    """The named index does not exist."""
    return ApiError(f"Index `{uid}` not found.", "index_not_found", status=404)


def document_not_found(document_id: str) -> ApiError:
    """The named document does not exist in an index that does."""
    return ApiError(f"Document `{document_id}` not found.", "document_not_found", status=404)


def internal_error(message: str) -> ApiError:
    """A fault of this server, not of the request."""
    return ApiError(message, "internal", status=500, kind="internal")
