"""A read that may not or cannot be answered."""

from http import HTTPStatus


class ReadRefused(Exception):
    """`status`, stable `code`, detail, the field at fault, and when to come again."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.field = field
        self.retry_after_s = retry_after_s
