"""The command line says what is wrong and what to do, without a trace."""

import argparse
import json
import socket
from pathlib import Path

import pytest

from deploy import cli_log, cli_quality
from deploy.cli import MODULES, main, parser
from eventstore.codec import decode, encode
from eventstore.events.payment import PaymentDeclined
from eventstore.values import Envelope
from tests.unit.samples import ENVELOPE


@pytest.fixture(autouse=True)
def no_market_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARKET_PORT", raising=False)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_a_taken_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["up", "--data", str(tmp_path), "--port", port]) == 1
    assert f"Port {port} is taken. Choose another with --port" in said(capsys)


def test_a_folder_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["up", "--data", str(file / "data")]) == 1
    assert "Choose another with --data" in said(capsys)


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_that_is_none(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_PORT", port)
    assert main(["up", "--data", str(tmp_path)]) == 1
    assert "MARKET_PORT must be a port" in said(capsys)


def test_settings_that_do_not_do_are_all_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_NATS_URL", "http://wrong")
    monkeypatch.setenv("MARKET_QUOTE_VALIDITY_S", "soon")
    monkeypatch.setenv("MARKET_PORT", "1")
    assert main(["serve", "write", "--data", str(tmp_path)]) == 1
    text = said(capsys)
    assert "MARKET_NATS_URL must begin with nats://" in text
    assert "MARKET_QUOTE_VALIDITY_S must be a whole number" in text


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["status"], "Start it with"),
        (["logs", "write"], "There is no log"),
        (["token", "--role", "buyer", "--subject", "b"], "makes one"),
        (["ledger", "trial-balance"], "MARKET_DATABASE_URL is not set"),
        (["import", "olist", "."], "MARKET_DATABASE_URL is not set"),
    ],
)
def test_without_a_stack(
    arguments: list[str], advice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--data", str(tmp_path)]) == 1
    assert advice in said(capsys)


@pytest.mark.parametrize(
    "arguments", [["--subject", ""], ["--subject", "a/b"], ["--subject", "b", "--lifetime", "0"]]
)
def test_a_token_is_for_somebody_and_for_a_while(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "--role", "buyer", *arguments, "--data", str(tmp_path)]) == 1
    assert "must" in said(capsys)


def test_down_without_a_stack_is_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["down", "--data", str(tmp_path)]) == 0
    assert "Nothing runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "down",
        "status",
        "restored",
        "logs",
        "serve",
        "relay",
        "project",
        "processes",
        "work",
        "migrate",
        "token",
        "test",
        "check",
        "import",
        "replay",
        "ledger",
        "audit",
    ],
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--data" in capsys.readouterr().out


def test_a_replayed_event_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    state = encode(PaymentDeclined(payment_id="p1", order_id="o1", reason="r"), ENVELOPE)
    cli_log._print_event(decode(1, "payment-p1", 2, "payment.declined.v1", state), as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed["event"]["reason"] == "r"
    # The person behind an actor, and staff's session, are said where there are such.
    assert set(printed["envelope"]) == set(Envelope.__struct_fields__) - {"account", "session"}


@pytest.mark.parametrize("module", MODULES)
def test_a_command_is_found_in_its_module(module: str) -> None:
    commands = next(
        action.choices
        for action in parser([module])._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    assert tuple(commands) == MODULES[module]


def test_the_test_command_leaves_no_folder_of_tests_out() -> None:
    named = {*cli_quality.BESIDE, *cli_quality.ON_STACKS}
    assert named == {
        str(folder.relative_to(cli_quality.ROOT))
        for folder in (cli_quality.ROOT / "tests").iterdir()
        if any(folder.rglob("test_*.py"))
    }
