"""What an operator says of a call is kept for ever: nothing, or too much, is not taken."""

import pytest

from deploy import cli, cli_owed
from projections.history.explain import REFERENCES

DECIDE = ("owed", "decide", "charge", "p1")
SETTLE = ("refund", "settle", "r1", "p1", "--way", "written_off")


@pytest.mark.parametrize(
    "words",
    [
        (*DECIDE, "--succeeded", ""),
        (*DECIDE, "--failed", " "),
        (*DECIDE, "--succeeded", "r" * 1001),
        (*SETTLE, "--reason", ""),
        DECIDE,
    ],
)
def test_what_says_nothing_is_no_decision(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty reference was once recorded as a failure without a reason."""
    with pytest.raises(SystemExit) as ended:
        cli.parser(("owed",)).parse_args(words)
    assert ended.value.code == 2
    assert "--" in capsys.readouterr().err  # The option that has the fault is named.


def test_what_is_said_is_what_is_recorded() -> None:
    chosen = cli.parser(("owed",)).parse_args([*DECIDE, "--succeeded", "ch_1"])
    assert (chosen.succeeded, chosen.failed) == ("ch_1", None)
    assert chosen.run is cli_owed.run_decide


def test_every_event_with_a_provider_s_reference_explains_with_it() -> None:
    assert {"payment.captured.v1", "payment.reinstated.v1", "refund.leg_paid_twice.v1"} <= {
        *REFERENCES
    }
    assert "order.placed.v1" not in REFERENCES
