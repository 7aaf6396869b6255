"""The embedded PostgreSQL: unpacked, initialised and described as a part of the stack."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from deploy.embedded.part import Part
from deploy.embedded.ports import HOST
from deploy.embedded.postgres_files import PostgresFailed, binaries, home
from deploy.private_files import write_private

NOBODY = 65534
USER = "market"
DATABASE = "market"
KILLED_WITHIN_S = 10.0
POLL_S = 0.05
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


def _user() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def initialise(base: Path, bin_folder: Path, password: str) -> Path:
    """Create the cluster if there is none. Raises `PostgresFailed`."""
    cluster = base / "data"
    user = _user()
    if (cluster / "PG_VERSION").exists():
        _configure(cluster, user)
        return cluster
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(mode=0o700)
    password_file = base / "initial-password"
    write_private(password_file, password, user)
    if user is not None:
        os.chown(cluster, user, user)
    try:
        _create_cluster(cluster, bin_folder, password_file, user)
    finally:
        password_file.unlink()
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(cluster / "postgresql.conf", flags), "w") as configuration:
        configuration.write("include 'market.conf'\n")
    _configure(cluster, user)
    return cluster


def _create_cluster(cluster: Path, bin_folder: Path, password_file: Path, user: int | None) -> None:
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
    if done.returncode != 0:
        raise PostgresFailed(f"initdb failed:\n{done.stderr}")


def _configure(cluster: Path, user: int | None) -> None:
    """The cluster's folder is the server's own: what lies there is replaced, never written to."""
    write_private(cluster / "market.conf", CONFIGURATION, user)


def url(port: int, password: str, database: str = DATABASE) -> str:
    return f"postgresql://{USER}:{password}@{HOST}:{port}/{database}"


def wait_for_killed(cluster: Path) -> None:
    """A server that was killed has its process until its parent has seen to it, and PostgreSQL
    takes it for one that runs.
    """
    try:
        pid = int((cluster / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    until = time.monotonic() + KILLED_WITHIN_S
    while _is_dead(pid) and time.monotonic() < until:
        time.sleep(POLL_S)


def _is_dead(pid: int) -> bool:
    """Ended, and still there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def part(data: Path, port: int, password: str) -> Part:
    base = home(data)
    bin_folder = binaries(base)
    cluster = initialise(base, bin_folder, password)
    wait_for_killed(cluster)
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
