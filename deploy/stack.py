"""The whole stack on one machine: what is not given by a URL is embedded."""

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import IO

import psycopg
from msgspec.structs import replace

from deploy.embedded import postgres, servers
from deploy.embedded.part import Part
from deploy.embedded.ports import HOST, is_free, pick
from deploy.embedded.postgres_files import PostgresFailed
from deploy.embedded.probes import http_ok
from deploy.http.keys import make_keys
from deploy.migrate import migrate
from deploy.parts import PARTS, OwnPart
from deploy.setting import PORT_MAX
from deploy.settings import DEFAULT_PORT, Settings, SettingsInvalid, from_environment
from deploy.stack_state import RunningPart, StackFolder, StackState
from deploy.stand_ins import stand_ins_of
from deploy.supervisor import Supervisor, python
from projections.read_models import VERSIONS

EMBEDDED = ("postgres", "nats", "valkey", "clickhouse", "meilisearch", "s3")
OURS = ("write", "read", "sandbox", "smtp")
GATEWAY = "gateway"


class StackFailed(RuntimeError):
    """The stack cannot start; the message says what to do."""


class Stack:
    """`given` is the environment: a real service's URL in it replaces the embedded part."""

    def __init__(
        self, data: Path, port: int | None, given: Mapping[str, str], report: Callable[[str], None]
    ) -> None:
        self.folder = StackFolder(data)
        self._port = port or _port(given.get("MARKET_PORT", str(DEFAULT_PORT)))
        self._given = dict(given)
        self._report = report
        self._lock: IO[str] | None = None
        self.environment: dict[str, str] = {}
        self._ports: dict[str, int] = {}
        self._prepare()
        self.supervisor = Supervisor(self.folder.logs, report, self._keep)

    def _prepare(self) -> None:
        try:
            self.folder.create()
        except OSError as error:
            raise StackFailed(
                f"The data folder {self.folder.data} cannot be used ({error.strerror}). "
                "Choose another with --data DIR."
            ) from error

    @property
    def settings(self) -> Settings:
        return from_environment(self.environment)

    def lock(self) -> None:
        """One stack a folder, and a port that is free. Raises `StackFailed`."""
        try:
            self._lock_folder()
        except StackFailed:
            self.unlock()
            raise

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _lock_folder(self) -> None:
        self._lock = self.folder.lock()
        if self._lock is None:
            raise StackFailed(
                f"A stack is running in {self.folder.data} already. See './deploy/market status', "
                "stop it with './deploy/market down', or choose another folder with --data DIR."
            )
        left = self.folder.end_leftovers()
        if left:
            self._report(f"  ended what an earlier stack left behind: {', '.join(left)}")
        if not is_free(self._port):
            raise StackFailed(
                f"Port {self._port} is taken. Choose another with --port N or MARKET_PORT=N."
            )

    async def start(self, only: Collection[str] | None = None) -> None:
        """Bring every part up, or only those named. Raises `PartFailed` or `StackFailed`."""

        def wanted(parts: list[Part]) -> list[Part]:
            return [part for part in parts if only is None or part.name in only]

        self._choose_ports()
        self._fill_environment()
        try:
            settings = self.settings
        except SettingsInvalid as error:
            raise StackFailed("The settings do not do:\n  " + "\n  ".join(error.faults)) from error
        make_keys(settings.private_key_file, settings.public_key_file)
        self._report("Starting the servers")
        self._keep()
        try:
            embedded = await asyncio.to_thread(self._servers)
        except PostgresFailed as error:
            raise StackFailed(str(error)) from error
        await self.supervisor.start(wanted(embedded))
        await self._migrate()
        self._report("Starting our own parts")
        await self.supervisor.start(wanted([*map(self._told, self._ours())]))
        gateway = next(own for own in PARTS if own.name == GATEWAY)
        await self.supervisor.start(wanted([self._told(self._own(gateway))]))

    async def _migrate(self) -> None:
        self._report("Migrating")
        try:
            await asyncio.to_thread(migrate, self.settings.database_url, self._report)
        except psycopg.OperationalError as error:
            raise StackFailed(f"The database does not answer: {error}") from error

    def _choose_ports(self) -> None:
        earlier = self.folder.ports()
        taken = {self._port}
        for name in (*EMBEDDED, *OURS):
            self._ports[name] = pick(earlier.get(name), taken)
            taken.add(self._ports[name])
        self.folder.keep_ports(self._ports)

    def _fill_environment(self) -> None:
        ports, secret = self._ports, self.folder.secrets()
        redis_url = f"redis://:{secret['valkey']}@{HOST}:{ports['valkey']}/0"
        clickhouse_user = f"{servers.CLICKHOUSE_USER}:{secret['clickhouse']}"
        smtp_url = (
            f"smtp://{servers.MAIL_USER}:{secret['sandbox_secret_key']}@{HOST}:{ports['smtp']}"
        )
        made = {
            "MARKET_DATA": str(self.folder.data),
            "MARKET_PORT": str(self._port),
            "MARKET_WRITE_PORT": str(ports["write"]),
            "MARKET_READ_PORT": str(ports["read"]),
            "MARKET_DATABASE_URL": postgres.url(ports["postgres"], secret["postgres"]),
            "MARKET_NATS_URL": f"nats://{secret['nats']}@{HOST}:{ports['nats']}",
            "MARKET_REDIS_URL": redis_url,
            "MARKET_CLICKHOUSE_URL": f"http://{clickhouse_user}@{HOST}:{ports['clickhouse']}",
            "MARKET_MEILISEARCH_URL": f"http://{HOST}:{ports['meilisearch']}",
            "MARKET_MEILISEARCH_KEY": secret["meilisearch"],
            "MARKET_S3_URL": f"http://{HOST}:{ports['s3']}",
            "MARKET_S3_ACCESS_KEY": secret["s3_access"],
            "MARKET_S3_SECRET_KEY": secret["s3_secret"],
            "MARKET_SANDBOX_URL": f"http://{HOST}:{ports['sandbox']}",
            "MARKET_SANDBOX_SECRET_KEY": secret["sandbox_secret_key"],
            "MARKET_SANDBOX_WEBHOOK_SECRET": secret["sandbox_webhook"],
            "MARKET_SMTP_URL": smtp_url,
            "MARKET_EDGE_SECRET": secret["edge"],
            "MARKET_ACCOUNT_SECRET": secret["account"],
            "MARKET_MASTER_KEY": secret["master_key"],
            # All that comes to an embedded stack comes from this machine: one address, and a
            # demo, an import or a benchmark asks more in a second than a person in a minute.
            "MARKET_LIMIT_PER_ADDRESS": "0",
            "MARKET_LIMIT_PER_ACCOUNT": "0",
            "MARKET_LIMIT_PER_KEY": "0",
            "MARKET_SIGN_IN_LIMITS": "no",
        }
        given = {name: value for name, value in self._given.items() if name.startswith("MARKET_")}
        if self._embedded("MARKET_SANDBOX_URL"):
            made |= stand_ins_of(made["MARKET_SANDBOX_URL"], secret["sandbox_secret_key"], given)
        fixed = {"MARKET_DATA", "MARKET_PORT"}
        self.environment = made | {k: v for k, v in given.items() if k not in fixed}

    def _embedded(self, variable: str) -> bool:
        return variable not in self._given

    def _servers(self) -> list[Part]:
        data, ports, secret = self.folder.data, self._ports, self.folder.secrets()
        makers: dict[str, Callable[[], Part]] = {
            "MARKET_DATABASE_URL": lambda: postgres.part(
                data, ports["postgres"], secret["postgres"]
            ),
            "MARKET_NATS_URL": lambda: servers.nats(data, ports["nats"], secret["nats"]),
            "MARKET_REDIS_URL": lambda: servers.valkey(data, ports["valkey"], secret["valkey"]),
            "MARKET_CLICKHOUSE_URL": lambda: servers.clickhouse(
                data, ports["clickhouse"], secret["clickhouse"]
            ),
            "MARKET_MEILISEARCH_URL": lambda: servers.meilisearch(
                data, ports["meilisearch"], secret["meilisearch"]
            ),
            "MARKET_S3_URL": lambda: servers.s3(
                data, ports["s3"], secret["s3_access"], secret["s3_secret"]
            ),
        }
        return [make() for variable, make in makers.items() if self._embedded(variable)]

    def _ours(self) -> list[Part]:
        parts = [self._own(own) for own in PARTS if own.name != GATEWAY]
        if self._embedded("MARKET_SANDBOX_URL") or self._embedded("MARKET_SMTP_URL"):
            parts.append(self._sandbox())
        return parts

    def _own(self, own: OwnPart) -> Part:
        """One with a port answers there; one without says by its pid that it runs."""
        port = self._port if own.name == GATEWAY else self._ports.get(own.name, 0)
        if own.probe:
            return python(own.name, http_ok(port, own.probe))
        self.folder.waits(own.name).unlink(missing_ok=True)
        file = self.folder.run / f"{own.name}.pid"
        return replace(python(own.name, file.exists), ready_file=file)

    def _told(self, part: Part) -> Part:
        """Our own parts have the settings in their environment; no other process has them."""
        if part.name == "sandbox":
            return part
        return replace(part, environment={**self.environment, **part.environment})

    def _sandbox(self) -> Part:
        secret = self.folder.secrets()
        return servers.sandbox(
            self.folder.data,
            self._ports["sandbox"],
            self._ports["smtp"],
            secret["sandbox_secret_key"],
            secret["sandbox_webhook"],
            f"http://{HOST}:{self._ports['write']}/v1/webhooks/sandbox",
        )

    def _keep(self) -> None:
        """What `status` and `down` go by; a full disk is no reason to stop."""
        try:
            self.folder.keep_state(self._state())
        except OSError as error:
            self._report(f"  the stack's state cannot be written: {error.strerror}")

    def _state(self) -> StackState:
        parts = {
            name: RunningPart(
                running.process.pid,
                list(running.part.command),
                running.part.stop_signal,
                running.state,
                running.restarts,
                running.note,
            )
            for name, running in self.supervisor.running.items()
        }
        return StackState(
            pid=os.getpid(),
            environment=self.environment,
            parts=parts,
            ports=self._ports | {"gateway": self._port},
            versions=dict(VERSIONS),
        )

    async def stop(self) -> None:
        """Stop every part in the reverse order, then forget that there was a stack."""
        await self.supervisor.stop()
        self.folder.forget_state()
        self.unlock()


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= PORT_MAX:
        raise StackFailed(f"MARKET_PORT must be a port from 1 to {PORT_MAX}, not {text!r}.")
    return int(text)
