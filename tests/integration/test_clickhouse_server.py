"""The stock ClickHouse client against the embedded server, over a real socket."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.integration.clickhouse_server import KEYS, START_SECONDS, connect, serving

FIRST_DAY = date(2026, 1, 1)
MOMENT = datetime(2026, 1, 1, 12, 30, 0, 123456, tzinfo=UTC)
COLUMNS = ["id", "amount", "note", "at", "day", "seller", "deleted", "version"]
ENTRIES = """CREATE TABLE {name} (id UUID, amount Int64, note String, at DateTime64(6, 'UTC'),
day Date, seller LowCardinality(String), deleted UInt8, version UInt64)
ENGINE = {engine} ORDER BY (seller, id)"""
TOTALS = """CREATE TABLE totals (seller LowCardinality(String),
total SimpleAggregateFunction(sum, Int64)) ENGINE = AggregatingMergeTree ORDER BY seller"""
FEED = """CREATE MATERIALIZED VIEW feed TO totals
AS SELECT seller, sum(amount) AS total FROM entries GROUP BY seller"""


def entry(number: int, version: int) -> tuple[object, ...]:
    at, day = MOMENT + timedelta(microseconds=number), FIRST_DAY + timedelta(days=number % 90)
    note, seller = f"it's a\tnote\n№ {number}", f"seller-{number % 7}"
    return (UUID(int=number), number - 2**40, note, at, day, seller, number % 2, version)


def entries(count: int, *, version: int = 1) -> list[tuple[object, ...]]:
    return [entry(number, version) for number in range(count)]


def make_entries(client: Any, engine: str = "MergeTree", name: str = "entries") -> None:
    client.command(ENTRIES.format(name=name, engine=engine))


def rows_of(client: Any, query: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    return [tuple(row) for row in client.query(query, parameters=parameters).result_rows]


def code_of(client: Any, query: str) -> int | None:
    with pytest.raises(DatabaseError) as caught:
        client.command(query)
    return caught.value.code


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("clickhouse")) as number:
        yield number


@pytest.fixture
def client(port: int, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Connect to a database of the test's own."""
    name = cast("str", request.node.name).replace("[", "_").replace("]", "")
    with closing(connect(port)) as admin:
        admin.command(f"CREATE DATABASE `{name}`")
    with closing(connect(port, database=name)) as own:
        yield own


def test_rows_of_every_type_come_back_as_they_were_written(client: Any) -> None:
    make_entries(client)
    assert client.insert("entries", entries(20), column_names=COLUMNS).written_rows == 20
    query = f"SELECT {', '.join(COLUMNS)} FROM entries ORDER BY id"
    assert rows_of(client, query) == entries(20)


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", "false"])
def test_inserts_in_every_encoding(client: Any, port: int, compress: str) -> None:
    make_entries(client)
    with closing(connect(port, database=client.database, compress=compress)) as writer:
        for version in range(3):
            writer.insert("entries", entries(5000, version=version), column_names=COLUMNS)
        assert writer.command("SELECT count(), sum(version) FROM entries") == ["15000", "15000"]


def test_parameters_are_values_and_never_sql(client: Any) -> None:
    make_entries(client)
    client.insert("entries", entries(10), column_names=COLUMNS)
    query = """SELECT amount FROM entries WHERE note = {note:String} AND day IN {days:Array(Date)}
        AND at = {at:DateTime64(6, 'UTC')} AND id = {id:UUID}"""
    key, amount, note, at, day, *_ = entry(3, 1)
    found = rows_of(client, query, {"note": note, "days": [day], "at": at, "id": key})
    assert found == [(amount,)]
    # The long one is over what the client puts into a URL, so that it sends a form.
    for text in ("'; DROP TABLE entries; --", "x" * 10_000):
        assert rows_of(client, "SELECT {text:String}", {"text": text}) == [(text,)]


def test_values_inserts_with_and_without_parameters(client: Any) -> None:
    client.command("CREATE TABLE pairs (a Int64, b String) ENGINE = MergeTree ORDER BY a")
    client.command("INSERT INTO pairs (a, b) VALUES (1, 'x;y'), (2, 'Z');")
    # Values are data here: what is to be worked out is selected.
    for computed in ("(1 + 1, 'x')", "(9, upper('z'))"):
        with pytest.raises(DatabaseError, match="expressions"):
            client.command(f"INSERT INTO pairs VALUES {computed}")
    client.command("INSERT INTO pairs SELECT {a:Int64}, {b:String}", {"a": 3, "b": "it's"})
    client.raw_insert("pairs", ["a", "b"], '{"a": 4, "b": "json"}\n', fmt="JSONEachRow")
    client.command("INSERT INTO pairs SELECT a + 10, b FROM pairs WHERE a = 1")
    expected = [(1, "x;y"), (2, "Z"), (3, "it's"), (4, "json"), (11, "x;y")]
    assert rows_of(client, "SELECT a, b FROM pairs ORDER BY a") == expected


def test_replacing_tables_and_views_that_follow_inserts(client: Any) -> None:
    make_entries(client, "ReplacingMergeTree(version)")
    client.command(TOTALS)
    client.command(FEED)
    for version in (2, 1, 3):
        client.insert("entries", entries(70, version=version), column_names=COLUMNS)
    assert client.command("SELECT count(), min(version) FROM entries FINAL") == ["70", "3"]
    total = sum(3 * (number - 2**40) for number in range(70))
    assert client.command("SELECT sum(total) FROM totals") == total
    client.command("OPTIMIZE TABLE entries FINAL")
    assert client.command("SELECT count() FROM entries") == 70


def test_tables_are_renamed_exchanged_and_rows_deleted(client: Any) -> None:
    for name, count in (("old", 3), ("new", 5)):
        make_entries(client, "ReplacingMergeTree(version)", name)
        client.insert(name, entries(count), column_names=COLUMNS)
    client.command("EXCHANGE TABLES old AND new")
    assert client.command("SELECT count() FROM old") == 5
    client.command("RENAME TABLE old TO current")
    client.command("DELETE FROM current WHERE deleted = 1")
    assert client.command("SELECT count() FROM current") == 3
    assert code_of(client, "SELECT count() FROM old") == 60


def test_errors_have_the_servers_code_and_status(client: Any, port: int) -> None:
    make_entries(client)
    assert code_of(client, "SELECT missing FROM entries") == 47
    assert code_of(client, "SELECT 1; SELECT 2") == 62
    assert code_of(client, "SELECT 1 INTO OUTFILE '/tmp/out'") == 358
    assert code_of(client, "INSERT INTO entries FROM INFILE '/tmp/in' FORMAT CSV") == 78
    with pytest.raises(DatabaseError) as caught:
        connect(port, database="missing")
    assert caught.value.code == 81
    url, block = f"http://127.0.0.1:{port}/", b"\x08\x05garbage instead of a block"
    for packing in (None, "lz4"):
        with pytest.raises(DatabaseError):
            client.raw_insert("entries", COLUMNS, block, fmt="Native", compression=packing)
    assert client.command("SELECT count() FROM entries") == 0
    answer = httpx.post(url, content="SELECT * FROM missing", headers=KEYS)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (404, "60")
    assert answer.text.startswith("Code: 60. DB::Exception: ")
    too_much = b" " * (64 * 1024 * 1024 + 1)
    big = httpx.post(url, content=too_much, headers=KEYS, timeout=START_SECONDS)
    assert big.status_code == 413


def test_settings_and_database_last_for_one_request(client: Any, port: int) -> None:
    setting = "SELECT getSetting('max_block_size')"
    assert client.command(setting, settings={"max_block_size": 777}) == 777
    assert client.command(setting) != 777
    assert client.command("SELECT currentDatabase()") == client.database
    assert client.command("SELECT currentDatabase()", use_database=False) == "default"
    assert client.command("SELECT 'none' WHERE 0") == ""
    assert client.query("SELECT 1 AS one, 'a' AS two LIMIT 0").column_names == ("one", "two")
    url = f"http://127.0.0.1:{port}/"
    unknown = httpx.post(url, params={"no_such": "1"}, content="SELECT 1", headers=KEYS)
    assert unknown.status_code == 404
    dropped = httpx.get(url, params={"query": f"DROP DATABASE `{client.database}`"}, headers=KEYS)
    assert dropped.headers["X-ClickHouse-Exception-Code"] == "164"


def test_a_restart_keeps_the_data_and_a_wrong_password_is_refused(tmp_path: Path) -> None:
    login = {"username": "market", "password": "pass:wörd"}
    with serving(tmp_path / "data", "pass:wörd") as port, closing(connect(port, **login)) as first:
        first.command("CREATE DATABASE kept")
        make_entries(first, "ReplacingMergeTree(version)", "kept.entries")
        first.insert("kept.entries", entries(3000), column_names=COLUMNS)
    with serving(tmp_path / "data", "pass:wörd") as port:
        with closing(connect(port, database="kept", **login)) as second:
            assert second.command("SELECT count() FROM entries FINAL") == 3000
        for wrong in (
            {"password": "guess"},
            {"username": "other"},
            {"username": "", "password": ""},
        ):
            with pytest.raises(DatabaseError) as caught:
                connect(port, **wrong)
            assert caught.value.code == 516
