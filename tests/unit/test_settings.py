"""Settings: one frozen struct, every fault listed at once."""

import pytest

from deploy.settings import SettingsInvalid, from_environment

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
