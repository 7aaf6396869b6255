"""Our own long-running parts, a line each: what the stack starts, the command line and status know.

A part is a module here. One with a port has `run(settings)`, and is ready when its path answers;
one without has `work(settings)`, a coroutine, and is ready when it has written its pid.
"""

from importlib import import_module
from typing import Any

import msgspec


class OwnPart(msgspec.Struct, frozen=True):
    """`command` are the words of the command line that run it by itself.

    `probe` is what the stack asks before it goes on, `ready` what `status` asks.
    """

    name: str
    command: tuple[str, ...]
    about: str
    probe: str = ""
    ready: str = ""


PARTS: tuple[OwnPart, ...] = (
    OwnPart("write", ("serve", "write"), "the write API", "/readyz", "/readyz"),
    OwnPart("read", ("serve", "read"), "the read API", "/healthz", "/readyz"),
    OwnPart("relay", ("relay",), "the relay: the log to NATS"),
    OwnPart("projectors", ("project",), "the projectors of all read models"),
    OwnPart("processes", ("processes",), "process managers, deadlines and the webhook inbox"),
    OwnPart("worker", ("work",), "the worker that calls providers"),
    OwnPart("gateway", ("serve", "gateway"), "the gateway in front of both APIs", "/ping"),
)


def run(part: OwnPart, settings: Any) -> None:
    """Until told to end, with `Settings`. What the other parts need is not loaded."""
    module = import_module(f"deploy.parts.{part.name}")
    if part.probe:
        module.run(settings)
    else:
        from deploy import background  # noqa: PLC0415 - parts with a port do without it

        with background.announced(settings, part.name):
            background.run(lambda: module.work(settings))
