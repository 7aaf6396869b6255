"""Refusals in ClickHouse's own terms: a code, a name, an HTTP status."""

from typing import Final

_NOT_FOUND: Final = frozenset({46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 139, 336})
_BAD_REQUEST: Final = frozenset({6, 15, 25, 26, 27, 36, 38, 41, 44, 53, 62, 72, 89, 117, 376, 427})
_OTHER_STATUS: Final = {
    48: 501,
    92: 413,
    192: 403,
    193: 403,
    194: 401,
    307: 413,
    497: 403,
    516: 403,
}


class ClickHouseError(Exception):
    """A refusal in ClickHouse's terms: its error code, the HTTP status and the whole text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        not_found_or_bad = 404 if code in _NOT_FOUND else 400 if code in _BAD_REQUEST else 500
        self.status = _OTHER_STATUS.get(code, not_found_or_bad)

    @classmethod
    def named(cls, code: int, name: str, message: str) -> "ClickHouseError":
        """Build the text as the server words it."""
        return cls(code, f"Code: {code}. DB::Exception: {message}. ({name})")
