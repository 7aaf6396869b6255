"""Runs statements on the ClickHouse engine inside this process, one data folder per process."""

import re
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Protocol, cast

import chdb
import msgspec

from deploy.embedded.clickhouse_access import write_access
from deploy.embedded.clickhouse_errors import ClickHouseError
from deploy.embedded.clickhouse_request import Call
from deploy.embedded.clickhouse_statement import TABLE_FUNCTIONS
from deploy.private_files import private_folder

_CODE: Final = re.compile(r"Code: (\d+)\. ")
_UNKNOWN_EXCEPTION: Final = 1002
DEFAULT_DATABASE: Final = "default"


class _Result(Protocol):
    def bytes(self) -> bytes: ...
    def rows_read(self) -> int: ...
    def bytes_read(self) -> int: ...
    def rows_written(self) -> int: ...
    def bytes_written(self) -> int: ...
    def storage_rows_read(self) -> int: ...
    def storage_bytes_read(self) -> int: ...
    def elapsed(self) -> float: ...


class _Inserted(Protocol):
    rows_written: int
    bytes_written: int
    elapsed: float


class _Inserter(Protocol):
    def append(self, data: bytes) -> None: ...
    def finish(self) -> _Inserted: ...
    def cancel(self) -> None: ...


class _Connection(Protocol):
    def query(
        self, sql: bytes | str, output: str, /, params: Mapping[str, str] | None = None
    ) -> _Result: ...
    def send_insert(self, sql: bytes | str, data_format: str, /) -> _Inserter: ...
    def close(self) -> None: ...


# The engine's own Python layer is untyped; the protocols above are all that is used of it.
_connect = cast("Callable[[str], _Connection]", chdb.connect)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement has cost, in digits: clients read them as text."""

    read_rows: str = "0"
    read_bytes: str = "0"
    written_rows: str = "0"
    written_bytes: str = "0"
    result_rows: str = "0"
    result_bytes: str = "0"
    total_rows_to_read: str = "0"
    elapsed_ns: str


class Reply(msgspec.Struct, frozen=True):
    """The bytes a statement answers with and its summary."""

    body: bytes
    summary: Summary


def _quoted(text: str, mark: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    return f"{mark}{escaped}{mark}"


def _summary(elapsed: float, **counts: int) -> Summary:
    digits = {name: str(count) for name, count in counts.items()}
    return Summary(elapsed_ns=str(int(elapsed * 1e9)), **digits)


def _column(connection: _Connection, query: str) -> list[str]:
    return connection.query(query, "TabSeparated").bytes().decode().split()


def _begin(path: str) -> None:
    """Make the database that connections begin in, by having a first table in it."""
    table = f"{DEFAULT_DATABASE}.first"
    with closing(_connect(path)) as connection:
        connection.query(f"CREATE TABLE {table} (x Int8) ENGINE = MergeTree ORDER BY x", "Null")
        connection.query(f"DROP TABLE {table} SYNC", "Null")


class Engine:
    """The engine on one folder; every method must be called from the same thread."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, creating it when it is not there; a second process is refused."""
        private_folder(folder)
        path = str(folder.resolve())
        # What there is to be forbidden, the engine itself knows best.
        with closing(_connect(":memory:")) as bare:
            names = _column(bare, "SELECT name FROM system.settings")
            functions = _column(bare, "SELECT lower(name) FROM system.table_functions")
        self.refused = frozenset(functions) - TABLE_FUNCTIONS
        if not Path(path, "metadata", DEFAULT_DATABASE).exists():
            _begin(path)
        access = write_access(Path(path) / "access", names)
        self._path = f"{path}?config-file={access}"
        self._keeper = _connect(self._path)
        self.version, self.timezone = _column(self._keeper, "SELECT version(), timezone()")

    def run(self, call: Call) -> Reply:
        """Run the call with nothing left over from an earlier one, or raise ClickHouseError."""
        try:
            # USE and SET belong to a connection; a fresh one costs half a millisecond and
            # is what keeps one request's database and settings out of the next.
            with closing(_connect(self._path)) as connection:
                self._prepare(connection, call)
                if call.statement.insert_format:
                    return self._insert(connection, call)
                return self._query(connection, call)
        except RuntimeError as error:
            raise self._error(str(error)) from error

    def close(self) -> None:
        """Write out and release the folder; the engine is of no use afterwards."""
        self._keeper.close()

    @staticmethod
    def _prepare(connection: _Connection, call: Call) -> None:
        database = call.database or DEFAULT_DATABASE
        connection.query(f"USE {_quoted(database, '`')}", "Null")
        # Once `readonly` is on, nothing else may be changed.
        names = sorted(call.settings, key=lambda name: name == "readonly")
        if names:
            changes = (f"{name} = {_quoted(call.settings[name], "'")}" for name in names)
            connection.query(f"SET {', '.join(changes)}", "Null")

    @staticmethod
    def _query(connection: _Connection, call: Call) -> Reply:
        result = connection.query(call.statement.sql, call.output_format, params=call.params)
        summary = _summary(
            result.elapsed(),
            read_rows=result.storage_rows_read(),
            read_bytes=result.storage_bytes_read(),
            written_rows=result.rows_written(),
            written_bytes=result.bytes_written(),
            result_rows=result.rows_read(),
            result_bytes=result.bytes_read(),
        )
        return Reply(result.bytes(), summary)

    @staticmethod
    def _insert(connection: _Connection, call: Call) -> Reply:
        statement = call.statement
        inserter = connection.send_insert(statement.sql, statement.insert_format)
        try:
            inserter.append(statement.data)
            done = inserter.finish()
        except BaseException:
            with suppress(RuntimeError):
                inserter.cancel()
            raise
        summary = _summary(
            done.elapsed, written_rows=done.rows_written, written_bytes=done.bytes_written
        )
        return Reply(b"", summary)

    def _error(self, message: str) -> ClickHouseError:
        found = _CODE.search(message)
        code = int(found[1]) if found else _UNKNOWN_EXCEPTION
        text = message[found.start() :] if found else f"Code: {code}. DB::Exception: {message}"
        trailer = f"(version {self.version})"
        return ClickHouseError(code, text if text.endswith(trailer) else f"{text} {trailer}")
