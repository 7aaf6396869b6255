"""The running stack: no secret on a command line, nothing for a web page or a stranger."""

import json
import stat
from pathlib import Path

import httpx
import pytest

from deploy.bench.measure import family
from tests.conftest import Api, RunningStack, Shop

OURS = ("clickhouse", "meilisearch", "sandbox")


def secrets_of(stack: RunningStack) -> set[str]:
    drawn = json.loads((stack.data / "secrets.json").read_text())
    key = stack.settings.private_key_file.read_text().splitlines()[1]
    return {*drawn.values(), key}


def test_no_secret_is_on_a_command_line(stack: RunningStack) -> None:
    parts = stack.state["parts"]
    pids = {pid for part in parts for pid in family(stack.pid(part))} | {int(stack.state["pid"])}
    assert len(pids) > len(parts)
    for pid in pids:
        line = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        assert not [secret for secret in secrets_of(stack) if secret in line], line


def test_servers_of_another_user_have_no_settings(stack: RunningStack) -> None:
    told = Path(f"/proc/{stack.pid('postgres')}/environ").read_text(errors="replace")
    assert not [secret for secret in secrets_of(stack) if secret in told]


def test_what_holds_secrets_is_its_owners_alone(stack: RunningStack) -> None:
    names = ("secrets.json", "run/stack.json", "keys/token.private.pem")
    configurations = ("nats/server.conf", "valkey/valkey.conf", "clickhouse/access/users.xml")
    for name in (*names, *configurations):
        assert stat.S_IMODE((stack.data / name).stat().st_mode) == 0o600, name
    for name in ("run", "keys", "logs", "nats", "valkey", "s3", "clickhouse", "meilisearch"):
        assert stat.S_IMODE((stack.data / name).stat().st_mode) == 0o700, name


@pytest.mark.parametrize("part", OURS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://shop.example"},
        {"Host": "shop.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_no_server_answers_a_web_page(
    stack: RunningStack, part: str, headers: dict[str, str]
) -> None:
    base = f"http://127.0.0.1:{stack.state['ports'][part]}"
    for path in ("/ping", "/health", "/", "/v1/charges?idempotency_key=a", "/indexes"):
        answer = httpx.get(base + path, headers=headers)
        assert (answer.status_code, answer.text[:4]) == (403, "Only"), path
    assert httpx.post(base, headers=headers, content=b"x").status_code == 403


def test_strangers_get_nothing_of_the_other_servers(stack: RunningStack) -> None:
    """Without a key: S3 refuses, and NATS has no port that answers HTTP."""
    answer = httpx.get(f"http://127.0.0.1:{stack.state['ports']['s3']}/")
    assert answer.status_code in {401, 403}, answer.text
    assert "access-control-allow-origin" not in answer.headers
    assert "nats_monitor" not in stack.state["ports"]
    configuration = (stack.data / "nats" / "server.conf").read_text()
    assert "http" not in configuration


def test_reports_are_asked_with_the_password(api: Api, shop: Shop) -> None:
    """The read API and the projector have it from the URL."""
    assert "@" in api.settings.clickhouse_url
    shop.place()
    rows = api.read("operator:o", f"/v1/analytics/sales?group_by=seller&seller={shop.seller}")
    assert rows
