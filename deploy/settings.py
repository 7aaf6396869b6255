"""Everything that can be set, read once from the environment; every fault is listed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from commands.command import Policy

PORT_MAX = 65_535
# Of libpq: about ten seconds.
SILENCE = {
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
DEFAULT_PORT = 8080


class SettingsInvalid(ValueError):
    """One line a fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """URLs of the parts, ports of our own servers, secrets, and the marketplace's terms."""

    data: Path
    port: int
    write_port: int
    in_flight_max: int
    read_port: int
    database_url: str
    nats_url: str
    redis_url: str
    clickhouse_url: str
    meilisearch_url: str
    meilisearch_key: str
    s3_url: str
    s3_access_key: str
    s3_secret_key: str
    sandbox_url: str
    sandbox_secret_key: str
    sandbox_webhook_secret: str
    public_key_file: Path
    private_key_file: Path
    payout_interval_s: int
    provider_timeout_s: int
    policy: Policy


TEXTS = {
    "database_url": ("postgresql", "postgres"),
    "nats_url": ("nats", "tls"),
    "redis_url": ("redis", "rediss"),
    "clickhouse_url": ("http", "https"),
    "meilisearch_url": ("http", "https"),
    "s3_url": ("http", "https"),
    "sandbox_url": ("http", "https"),
}
SECRETS = (
    "meilisearch_key",
    "s3_access_key",
    "s3_secret_key",
    "sandbox_secret_key",
    "sandbox_webhook_secret",
)
NUMBERS = {
    "port": (1, PORT_MAX, DEFAULT_PORT),
    "write_port": (1, PORT_MAX, 8081),
    "in_flight_max": (1, 100_000, 256),
    "read_port": (1, PORT_MAX, 8082),
    "payout_interval_s": (1, 31 * 86_400, 86_400),
    "provider_timeout_s": (1, 300, 10),
}
POLICY = {
    "commission_rate_bps": (0, 10_000),
    "commission_vat_rate_bps": (0, 10_000),
    "payment_tolerance_minor": (0, 10_000),
    "payment_tolerance_bps": (0, 10_000),
    "payment_window_s": (1, 365 * 86_400),
    "acceptance_window_s": (1, 365 * 86_400),
    "refund_hold_s": (0, 365 * 86_400),
    "quote_validity_s": (1, 31 * 86_400),
    "shipping_base_minor": (0, 10**9),
    "shipping_per_unit_minor": (0, 10**9),
}


def variable(field: str) -> str:
    return f"MARKET_{field.upper()}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Raises `SettingsInvalid` with every fault found."""
    faults: list[str] = []
    data = Path(environment.get("MARKET_DATA", ".market")).expanduser().resolve()
    values: dict[str, object] = {"data": data}
    for field, schemes in TEXTS.items():
        values[field] = _url(environment, field, schemes, faults)
    for field in SECRETS:
        values[field] = _secret(environment, field, faults)
    for field, (low, high, default) in NUMBERS.items():
        values[field] = _number(environment, field, low, high, default, faults)
    defaults = Policy()
    values["policy"] = Policy(
        **{
            field: _number(environment, field, low, high, getattr(defaults, field), faults)
            for field, (low, high) in POLICY.items()
        },
        chargebacks_borne_by=_bearer(environment, faults),
    )
    for field in ("public", "private"):
        name = f"{field}_key_file"
        default_file = data / "keys" / f"token.{field}.pem"
        values[name] = Path(environment.get(variable(name), default_file))
    if faults:
        raise SettingsInvalid(faults)
    values["database_url"] = noticing_silence(str(values["database_url"]))
    return Settings(**values)  # type: ignore[arg-type]


def noticing_silence(url: str) -> str:
    """With limits, where none are given, after which a server that says nothing more is lost.

    A machine that has died sends no reset: without them a query waits for a quarter of an hour.
    """
    given = parse_qs(urlsplit(url).query)
    missing = {name: value for name, value in SILENCE.items() if name not in given}
    if not missing:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(missing)}"


def _url(
    environment: Mapping[str, str], field: str, schemes: tuple[str, ...], faults: list[str]
) -> str:
    text = environment.get(variable(field), "")
    if not text:
        faults.append(f"{variable(field)} is not set: start the stack with ./deploy/market up")
    elif urlsplit(text).scheme not in schemes:
        faults.append(f"{variable(field)} must begin with {schemes[0]}://")
    return text


def _secret(environment: Mapping[str, str], field: str, faults: list[str]) -> str:
    text = environment.get(variable(field), "")
    if not text:
        faults.append(f"{variable(field)} is not set")
    return text


def _bearer(environment: Mapping[str, str], faults: list[str]) -> Literal["seller", "marketplace"]:
    match environment.get("MARKET_CHARGEBACKS_BORNE_BY", "seller"):
        case "seller" | "marketplace" as bearer:
            return bearer
        case other:
            faults.append(
                f"MARKET_CHARGEBACKS_BORNE_BY must be seller or marketplace, not {other!r}"
            )
            return "seller"


def _number(
    environment: Mapping[str, str],
    field: str,
    low: int,
    high: int,
    default: int,
    faults: list[str],
) -> int:
    text = environment.get(variable(field))
    if text is None:
        return default
    try:
        number = int(text)
    except ValueError:
        faults.append(f"{variable(field)} must be a whole number, not {text!r}")
        return default
    if not low <= number <= high:
        faults.append(f"{variable(field)} must be from {low} to {high}, not {number}")
    return number
