"""The embedded ClickHouse serves its own tables to who has the password, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from deploy.embedded.clickhouse_statement import OUTSIDE, TABLE_FUNCTIONS, VALUES_MAX
from tests.integration.clickhouse_server import KEYS, ROOT, START_SECONDS, serving

SECRET = "-----BEGIN PRIVATE KEY-----"
PYTHON_OBJECT = {"a": [1]}  # What the engine's `Python` function would find.

# One a line. {secret} is a file outside of the engine's folder, {new} one that does not exist.
OUTSIDE_SQL = (Path(__file__).with_name("outside.sql")).read_text().splitlines()


class Served(NamedTuple):
    port: int
    secret: Path
    new: Path

    def post(self, sql: str, **settings: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}/"
        return httpx.post(url, content=sql, params=settings, headers=KEYS, timeout=START_SECONDS)

    def get(self, sql: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}/"
        return httpx.get(url, params={"query": sql}, headers=KEYS, timeout=START_SECONDS)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clickhouse")
    secret = folder / "token.private.pem"
    secret.write_text(SECRET)
    with serving(folder / "data") as port:
        made = Served(port, secret, folder / "new")
        made.post("CREATE TABLE kept (a String) ENGINE = MergeTree ORDER BY a").raise_for_status()
        yield made


@pytest.mark.parametrize("sql", OUTSIDE_SQL)
def test_no_statement_reaches_outside_of_the_tables(served: Served, sql: str) -> None:
    asked = sql.format(secret=served.secret, new=served.new)
    for answer in (served.get(asked), served.post(asked)):
        assert answer.status_code >= 400, answer.text
        assert SECRET not in answer.text
    assert not served.new.exists()
    assert served.post("SELECT count() FROM kept").text == "0\n"


def test_what_is_inserted_as_values_is_never_run(served: Served) -> None:
    """With a parameter the data is not read with its statement."""
    for sent in (f"(file('{served.secret}'))", f"((SELECT file('{served.secret}')))"):
        served.post(f"INSERT INTO kept FORMAT Values {sent}", param_x="1")
        assert SECRET not in served.post("SELECT * FROM kept").text
    assert served.post("SELECT count() FROM kept").text == "0\n"


def test_more_values_than_are_read_in_a_moment_are_refused(served: Served) -> None:
    """All statements wait for one that is read: rows have formats that are not."""
    answer = served.post("INSERT INTO kept VALUES " + "(1)," * (VALUES_MAX // 4 + 1))
    assert answer.status_code == 400
    assert "FORMAT JSONEachRow" in answer.text
    assert served.post("SELECT count() FROM kept").text == "0\n"


def test_only_listed_table_functions_can_be_called(served: Served) -> None:
    known = served.post("SELECT name FROM system.table_functions").text.split()
    assert len(known) > 50
    for name in known:
        answer = served.post(f"DESCRIBE TABLE {name}()")
        refused = "is not allowed on this server" in answer.text
        assert refused == (name.lower() not in TABLE_FUNCTIONS), (name, answer.text)


def test_functions_that_call_services_are_all_known(served: Served) -> None:
    found = served.post(
        "SELECT lower(name) FROM system.functions WHERE match(name, '^(ai|AI)[A-Z]')"
    )
    assert set(found.text.split()) <= OUTSIDE
    assert found.text


@pytest.mark.parametrize(
    "setting", ["format_template_row", "format_schema", "dialect", "log_comment"]
)
def test_only_listed_settings_can_be_changed(served: Served, setting: str) -> None:
    allowed = setting == "log_comment"
    answer = served.post("SELECT 1", **{setting: "x"})
    assert (answer.status_code == 200) == allowed
    answer = served.post(f"SELECT 1 SETTINGS {setting} = 'x'")
    assert (answer.status_code == 200) == allowed


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(number) FROM numbers(10)",
        "SELECT * FROM values('a Int8', 1, 2)",
        "SELECT * FROM view(SELECT 1)",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "WITH 1 AS one SELECT one -- it's a comment",
        "SELECT 'INTO OUTFILE', ' file(', \"a\" FROM kept",
        "EXPLAIN SELECT * FROM kept",
        "SHOW CREATE TABLE kept",
        "DESCRIBE TABLE kept",
        "SELECT name, comment FROM system.columns WHERE table = 'kept'",
        "SELECT format('{} {}', 1, 2) SETTINGS max_threads = 1",
    ],
)
def test_what_analysts_ask_goes_on_working(served: Served, sql: str) -> None:
    for answer in (served.get(sql), served.post(sql)):
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"X-ClickHouse-User": "market"},
        {"X-ClickHouse-User": "market", "X-ClickHouse-Key": "guess"},
        {"X-ClickHouse-User": "default", "X-ClickHouse-Key": KEYS["X-ClickHouse-Key"]},
        {"Authorization": "Basic bWFya2V0OmfDvA=="},
        {"Authorization": "Basic \u00fc"},
    ],
)
def test_nobody_is_served_without_the_password(served: Served, keys: dict[str, str]) -> None:
    headers = {name: value.encode() for name, value in keys.items()}
    answer = httpx.post(f"http://127.0.0.1:{served.port}/", content="SELECT 1", headers=headers)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


def test_it_does_not_start_without_a_password(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy.embedded.clickhouse_server", "--data", str(tmp_path)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLICKHOUSE_")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "CLICKHOUSE_PASSWORD" in done.stderr


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "http://127.0.0.1:8123"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Host", "rebound.example:{port}"),
        ("Host", "127.0.0.1.example:{port}"),
        ("Host", "localhost"),
    ],
)
def test_a_web_page_is_not_answered(served: Served, header: str, value: str) -> None:
    headers = {**KEYS, header: value.format(port=served.port)}
    url = f"http://127.0.0.1:{served.port}"
    for path in ("/ping", "/?query=SELECT+1"):
        answer = httpx.get(url + path, headers=headers)
        assert (answer.status_code, answer.text[:4]) == (403, "Only")


def test_both_names_of_loopback_do(served: Served) -> None:
    for host in (f"localhost:{served.port}", f"127.0.0.1:{served.port}"):
        answer = httpx.get(f"http://127.0.0.1:{served.port}/ping", headers={"Host": host})
        assert answer.text == "Ok.\n"
