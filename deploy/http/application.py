"""What both APIs are wrapped in: who may call, and how faults are answered."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Response

from deploy.http import problems
from deploy.http.access import Access
from deploy.http.tokens import TokenVerifier
from deploy.settings import Settings
from deploy.wiring import clock

type ErrorHandlers = Mapping[type[Exception], Callable[..., Response[Any]]]


def exception_handlers(more: ErrorHandlers) -> ErrorHandlers:
    return {**problems.HANDLERS, **more}


def make_access(settings: Settings) -> Access:
    return Access(TokenVerifier(settings.public_key_file.read_text()), clock)
