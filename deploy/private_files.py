"""Files and folders that are their owner's alone from the moment they exist."""

import os
import secrets
import stat
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def private_folder(folder: Path) -> None:
    """Make the folder, or take everybody else's rights on it away."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != FOLDER_MODE:
        folder.chmod(FOLDER_MODE)


def write_private(file: Path, content: str | bytes, owner: int | None = None) -> None:
    """Replace the file as a whole. Nobody but us or its `owner` could read it at any moment.

    A link in its place is replaced, never followed.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
    try:
        with os.fdopen(number, "wb") as target:
            target.write(data)
            if owner is not None:
                os.fchown(number, owner, owner)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def tighten(file: Path) -> None:
    """Take away what others could do with a file that an older version, or a copy, left open."""
    try:
        number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        if stat.S_IMODE(os.fstat(number).st_mode) & ~FILE_MODE:
            os.fchmod(number, FILE_MODE)
    finally:
        os.close(number)
