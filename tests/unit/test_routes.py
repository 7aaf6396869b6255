"""Which role may call what: the page in the docs is what the routes declare."""

import json
import subprocess
import sys

from deploy.cli_routes import PAGE, Route, markdown, routes, undeclared
from eventstore.identity import PUBLIC, Identity, included, permission


def test_the_page_says_what_the_routes_declare() -> None:
    assert PAGE.read_text() == markdown()


def test_a_route_that_declares_nothing_is_found() -> None:
    assert undeclared(routes()) == []
    bare = Route(method="GET", path="/v1/x", permission="", roles=[], step_up=False)
    assert undeclared([bare]) == ["GET /v1/x"]


def test_the_command_checks_and_lists() -> None:
    def market(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.cli", "routes", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    checked = market("--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    listed = json.loads(market("--json").stdout)
    assert {
        "method": "POST",
        "path": "/v1/payouts",
        "permission": "payouts:request",
    }.items() <= next(
        one for one in listed if one["path"] == "/v1/payouts" and one["method"] == "POST"
    ).items()


def test_a_superadmin_is_everything_that_staff_can_be() -> None:
    assert included(["moderator"]) == ("moderator",)
    assert included([]) == ()
    assert set(included(["superadmin"])) == {
        "operator", "auditor", "analyst", "moderator", "superadmin"
    }  # fmt: skip


def test_somebody_of_several_roles_acts_in_the_one_that_holds_it() -> None:
    olga = Identity(subject="~a", roles=("operator", "moderator"))
    assert olga.acting(permission("x", "moderator")).role == "moderator"
    assert olga.acting(permission("x", "operator")) is olga
    assert olga.acting(permission("x", "moderator", "operator")) is olga
    assert olga.acting(PUBLIC).roles == olga.roles
