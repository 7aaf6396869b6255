"""The command that runs the sandbox until it is told to stop."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn

from deploy.embedded.local_only import local_only
from deploy.sandbox.identity.routes import StandIns
from deploy.sandbox.mail import Mailroom, listen
from deploy.sandbox.processor import Processor
from deploy.sandbox.routes import Parts, build_app
from deploy.sandbox.settings import Settings
from deploy.sandbox.sms.carriers import Carriers
from deploy.sandbox.store import Store
from deploy.sandbox.tax.registers import Registers
from deploy.sandbox.webhooks import Deliverer, Receiver

SECRET_KEY = "SANDBOX_SECRET_KEY"
WEBHOOK_SECRET = "SANDBOX_WEBHOOK_SECRET"
_GRACE_SECONDS = 5


class _Server(uvicorn.Server):
    """A server that says when it is ready, and that leaves with exit status 0 when told to."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            print(f"sandbox ready on http://{host}:{port}", flush=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        # The inherited way raises the signal again at the end, which would skip the clean-up.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True
        self._stopping.set()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.sandbox",
        description="Stand-ins: a payment provider, which never moves money, a mail server, "
        "providers of identities. "
        f"{SECRET_KEY} (the bearer token clients give) and {WEBHOOK_SECRET} are taken from "
        "the environment.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sqlite file")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0: any free port")
    parser.add_argument("--smtp-port", type=int, required=True, help="0: any free port")
    parser.add_argument("--webhook-url", type=_url, required=True)
    parser.add_argument("--webhook-delay-ms", type=int, default=Settings().webhook_delay_ms)
    arguments = parser.parse_args()
    # Not from the command line, which every user of the machine can read.
    arguments.secret_key = os.environ.get(SECRET_KEY, "")
    arguments.webhook_secret = os.environ.get(WEBHOOK_SECRET, "")
    if not arguments.secret_key or not arguments.webhook_secret:
        parser.error(f"set {SECRET_KEY} and {WEBHOOK_SECRET}")
    return arguments


def _url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if url.scheme not in {"http", "https"} or not url.host:
        message = "must be an http or https address"
        raise argparse.ArgumentTypeError(message)
    return text


async def _serve(arguments: argparse.Namespace, store: Store) -> None:
    settings = Settings(webhook_delay_ms=max(arguments.webhook_delay_ms, 0))
    processor = Processor(store, settings)
    receiver = Receiver(arguments.webhook_url, arguments.webhook_secret)
    deliverer = Deliverer(store, processor, settings, receiver)
    mailroom = Mailroom()
    stand_ins = StandIns(arguments.secret_key, lambda: datetime.now(UTC))
    secret = arguments.secret_key
    parts = Parts(
        processor,
        deliverer,
        settings,
        mailroom,
        stand_ins,
        Carriers(secret),
        Registers(secret, lambda: datetime.now(UTC)),
        secret,
    )
    config = uvicorn.Config(
        local_only(build_app(parts)),
        host=arguments.host,
        port=arguments.port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # In one group, so that a sender that breaks ends the process instead of going unseen.
    mail = await listen(mailroom, arguments.host, arguments.smtp_port, arguments.secret_key)
    async with mail, asyncio.TaskGroup() as group:
        sender = group.create_task(deliverer.run())
        await _Server(config, parts.stopping).serve()
        sender.cancel()


def main() -> None:
    """Run the sandbox."""
    arguments = _arguments()
    arguments.data.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Store(arguments.data / "sandbox.sqlite3")) as store:
        asyncio.run(_serve(arguments, store))


if __name__ == "__main__":
    main()
