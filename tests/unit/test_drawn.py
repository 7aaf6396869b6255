"""What nobody may guess: how long it is, where it is drawn, and what a token says that is issued."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from commands.accounts import factors
from commands.accounts.keys import MARK_BYTES, TOKEN_BYTES, AccountKeys
from commands.accounts.means import Bearer
from commands.accounts.tokens import DEVICE, REFRESH, OpaqueToken, read
from deploy.accounts import issuer, make_gate, new_id, wired
from deploy.http.edge.gate import EdgeGate, OpenGate
from deploy.http.keys import make_keys
from deploy.settings import from_environment as settings
from eventstore.identity import Role, Surface
from tests.given import NOW
from tests.unit.test_settings import GOOD as GIVEN

BITS = 8


@dataclass
class Told:
    """What `wired` has put together."""

    means: Any = field(default=None)


def test_secrets_are_drawn_by_the_system_and_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told()
    monkeypatch.setattr(
        "deploy.accounts.make_accounts", lambda means: setattr(told, "means", means)
    )
    nothing: Any = None
    wired(settings(GIVEN), *([nothing] * 7))
    assert told.means.draw is secrets.token_bytes
    assert told.means.new_id is new_id
    assert len({new_id() for _ in range(1_000)}) == 1_000
    assert TOKEN_BYTES * BITS >= 256
    assert factors.SEED_BYTES * BITS >= 160
    assert factors.RECOVERY_BYTES * BITS >= 112  # So that a plain hash of one will do.


def test_tokens_are_of_their_length_or_none() -> None:
    of = new_id()
    for kind, length in ((REFRESH, TOKEN_BYTES + MARK_BYTES), (DEVICE, TOKEN_BYTES)):
        assert read(kind, str(OpaqueToken(kind, of, bytes(length)))) is not None
        for other in (length - 1, length + 1, 16):
            assert read(kind, str(OpaqueToken(kind, of, bytes(other)))) is None


def test_codes_of_two_questions_have_nothing_in_common() -> None:
    keys = AccountKeys("s")
    assert len({keys.code(f"{new_id()}.1") for _ in range(1_000)}) > 990
    assert AccountKeys("other").code("~a.1") != keys.code("~a.1")


@pytest.mark.parametrize(
    ("surface", "role"), [("buyer", "buyer"), ("seller", "seller"), ("staff", "operator")]
)
def test_an_issued_token_says_whom_and_what_it_is_for(
    tmp_path: Path, surface: Surface, role: Role
) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    make_keys(private, public)
    bearer = Bearer(
        account_id="~a1",
        session_id="~s1",
        surface=surface,
        subject="~a1",
        roles=(role,),
        member=None,
        factor_at=NOW,
    )
    token = issuer(private)(bearer, NOW)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["aud"] == f"market:{surface}"
    assert (claims["acc"], claims["sid"], claims["role"]) == ("~a1", "~s1", role)
    assert claims["fct"] == int(NOW.timestamp())
    assert datetime.fromtimestamp(claims["exp"], UTC) - NOW == timedelta(minutes=10)


def test_the_gate_is_closed_unless_somebody_opens_it() -> None:
    nothing: Any = None
    assert isinstance(make_gate(settings(GIVEN), nothing), EdgeGate)
    off = settings(GIVEN | {"MARKET_SIGN_IN_LIMITS": "no"})
    assert isinstance(make_gate(off, nothing), OpenGate)
