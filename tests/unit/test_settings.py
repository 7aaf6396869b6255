"""Settings: one frozen struct, every fault listed at once."""

from pathlib import Path
from typing import Any

import pytest

from deploy.cli_settings import markdown
from deploy.settings import SettingsInvalid, all_settings, from_environment

GOOD = {
    "MARKET_DATA": "/tmp/x",
    "MARKET_DATABASE_URL": "postgresql://u@h/d",
    "MARKET_NATS_URL": "nats://h",
    "MARKET_REDIS_URL": "redis://h",
    "MARKET_CLICKHOUSE_URL": "http://h:8123",
    "MARKET_MEILISEARCH_URL": "http://h",
    "MARKET_MEILISEARCH_KEY": "k",
    "MARKET_S3_URL": "http://h",
    "MARKET_S3_ACCESS_KEY": "a",
    "MARKET_S3_SECRET_KEY": "s",
    "MARKET_EDGE_SECRET": "e",
    "MARKET_MASTER_KEY": "m",
    "MARKET_ACCOUNT_SECRET": "as",
    "MARKET_SMTP_URL": "smtp://h",
    "MARKET_SANDBOX_URL": "http://h",
    "MARKET_SANDBOX_SECRET_KEY": "sk",
    "MARKET_SANDBOX_WEBHOOK_SECRET": "wh",
}


def test_defaults() -> None:
    settings = from_environment(GOOD)
    assert (settings.port, settings.policy.commission_rate_bps) == (8080, 1000)
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]


def test_every_fault_is_listed() -> None:
    bad = GOOD | {
        "MARKET_DATABASE_URL": "mysql://h",
        "MARKET_PORT": "80800",
        "MARKET_COMMISSION_RATE_BPS": "ten",
        "MARKET_MEILISEARCH_KEY": "",
    }
    with pytest.raises(SettingsInvalid) as caught:
        from_environment(bad)
    faults = "\n".join(caught.value.faults)
    for name in ("DATABASE_URL", "PORT", "COMMISSION_RATE_BPS", "MEILISEARCH_KEY"):
        assert f"MARKET_{name}" in faults
    assert len(caught.value.faults) == 4


def test_a_database_that_falls_silent_is_noticed_unless_told_otherwise() -> None:
    plain = from_environment(GOOD).database_url
    assert plain.startswith("postgresql://u@h/d?")
    assert "tcp_user_timeout=10000" in plain
    own = GOOD | {"MARKET_DATABASE_URL": "postgresql://u@h/d?keepalives_idle=60&sslmode=require"}
    url = from_environment(own).database_url
    assert url.count("keepalives_idle") == 1
    assert "keepalives_idle=60" in url
    assert "sslmode=require" in url


def test_every_setting_is_described_and_the_readme_has_the_table() -> None:
    """`./deploy/market settings --markdown` prints it."""
    assert [one.variable for one in all_settings() if not one.about] == []
    assert markdown() in (Path(__file__).resolve().parents[2] / "README.md").read_text()


@pytest.mark.parametrize("setting", list(all_settings()), ids=lambda one: one.variable)
def test_each_setting_is_read_from_its_variable_and_refused_out_of_bounds(setting: Any) -> None:
    given = GOOD.get(setting.variable)
    if setting.low is not None:
        given = str(setting.high)
        with pytest.raises(SettingsInvalid, match=setting.variable):
            from_environment(GOOD | {setting.variable: str(setting.high + 1)})
    if given is None:
        return
    settings = from_environment(GOOD | {setting.variable: given})
    holders = (settings, settings.policy, *settings.providers.values())
    found = [getattr(one, setting.field) for one in holders if hasattr(one, setting.field)]
    assert any(str(value).startswith(given) for value in found)


def test_payouts_go_to_a_provider_that_there_is() -> None:
    with pytest.raises(SettingsInvalid, match="must be one of manual, sandbox"):
        from_environment(GOOD | {"MARKET_PAYOUT_PROVIDER": "stripe"})


def test_one_of_two_is_chosen() -> None:
    chosen = from_environment(GOOD | {"MARKET_CHARGEBACKS_BORNE_BY": "marketplace"})
    assert chosen.policy.chargebacks_borne_by == "marketplace"
    with pytest.raises(SettingsInvalid, match="must be seller or marketplace, not 'bank'"):
        from_environment(GOOD | {"MARKET_CHARGEBACKS_BORNE_BY": "bank"})
