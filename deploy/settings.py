"""Everything that can be set, read once from the environment; every fault is listed.

A setting is a field of an annotated struct: its type and bounds say what is taken, its description
what it means. The table in the README, `market settings` and the faults are made of that.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from msgspec import Meta

from commands.command import Policy
from commands.outside.payments.call import PORT as PAYMENTS
from commands.streams.payment.state import MANUAL
from deploy.setting import PORT, Setting, secret, settings_of, url

if TYPE_CHECKING:
    from commands.outside.identity.provider import Kind
    from commands.outside.port import Provider

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
    """URLs of the parts, ports of our own servers, secrets; `policy` is the marketplace's terms,
    `providers` what each provider's adapter is connected with, by name.
    """

    data: Annotated[Path, Meta(description="the data folder")] = Path(".market")
    port: Annotated[int, PORT, Meta(description="the gateway's port")] = DEFAULT_PORT
    write_port: Annotated[int, PORT, Meta(description="the write API's port (loopback)")] = 8081
    read_port: Annotated[int, PORT, Meta(description="the read API's port (loopback)")] = 8082
    in_flight_max: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="requests the write API has under way at most; more are answered 503",
        ),
    ] = 256
    database_url: Annotated[str, url("postgresql", "postgres", about="PostgreSQL")]
    nats_url: Annotated[str, url("nats", "tls", about="NATS")]
    redis_url: Annotated[str, url("redis", "rediss", about="Redis")]
    clickhouse_url: Annotated[str, url("http", "https", about="ClickHouse")]
    meilisearch_url: Annotated[str, url("http", "https", about="Meilisearch")]
    meilisearch_key: Annotated[str, secret("Meilisearch's key")]
    s3_url: Annotated[str, url("http", "https", about="the object storage")]
    s3_access_key: Annotated[str, secret("the object storage's access key")]
    s3_secret_key: Annotated[str, secret("the object storage's secret key")]
    public_key_file: Annotated[
        Path,
        Meta(
            description="the public keys of bearer tokens, which the APIs read",
            extra={"in_data": "keys/token.public.pem"},
        ),
    ]
    private_key_file: Annotated[
        Path,
        Meta(
            description="the key that signs them; the read API does not need it",
            extra={"in_data": "keys/token.private.pem"},
        ),
    ]
    production: Annotated[
        Literal["no", "yes"], Meta(description="whether development keys are refused: no or yes")
    ] = "no"
    edge_secret: Annotated[str, secret("what people are hashed under where they are counted")]
    master_key: Annotated[str, secret("what the keys of persons are wrapped with")]
    master_key_before: Annotated[
        str, Meta(description="the one before, until 'vault rotate' has been run")
    ] = ""
    account_secret: Annotated[
        str,
        secret("what addresses are named by and passwords and codes are keyed with; never changes"),
    ]
    password_cost: Annotated[
        int, Meta(ge=10, le=16, description="bcrypt's cost of a password, in powers of two")
    ] = 12
    breached_file: Annotated[
        str, Meta(description="a file of stolen passwords' SHA-1 in order, as Have I Been Pwned's")
    ] = ""
    breached_url: Annotated[
        str, Meta(description="who is asked for stolen passwords instead, by five letters of SHA-1")
    ] = ""
    trusted_proxies: Annotated[
        str, Meta(description="networks whose X-Forwarded-For is believed")
    ] = "127.0.0.0/8 ::1/128"
    proxy_hops: Annotated[
        int, Meta(ge=0, le=10, description="proxies of ours in front of the APIs, in a row")
    ] = 1
    limit_per_address: Annotated[
        int, Meta(ge=0, le=10**9, description="requests a minute and client address; 0: no limit")
    ] = 100
    limit_per_account: Annotated[
        int, Meta(ge=0, le=10**9, description="requests a minute and buyer or seller; 0: no limit")
    ] = 600
    limit_per_staff: Annotated[
        int, Meta(ge=0, le=10**9, description="requests a minute and operator; 0: no limit")
    ] = 0
    limit_per_key: Annotated[
        int, Meta(ge=0, le=10**9, description="requests a minute and API key; 0: no limit")
    ] = 1200
    sign_in_limits: Annotated[
        Literal["yes", "no"],
        Meta(description="whether tries at passwords, codes and letters are limited: yes or no"),
    ] = "yes"
    origins: Annotated[
        str, Meta(description="origins of pages that may ask, such as https://shop.example")
    ] = ""
    passkey_domain: Annotated[
        str,
        Meta(description="the domain that passkeys are for, such as shop.example; none without"),
    ] = ""
    redirect_uris: Annotated[
        str,
        Meta(description="pages of ours that providers of identities send people back to, exactly"),
    ] = ""
    sms_by: Annotated[
        Literal["", "smsc", "smsru"],
        Meta(description="who carries text messages: smsc or smsru; none, and there are no phones"),
    ] = ""
    sms_countries: Annotated[
        str, Meta(description="countries that text messages go to, as ISO codes")
    ] = "RU BY KZ AM KG"
    sms_per_number: Annotated[
        int, Meta(ge=1, le=1000, description="text messages a day and number")
    ] = 5
    sms_per_address: Annotated[
        int, Meta(ge=1, le=10**6, description="text messages a day and client address")
    ] = 20
    sms_per_country: Annotated[
        int, Meta(ge=1, le=10**8, description="text messages a day and country")
    ] = 1000
    sms_price_minor: Annotated[
        int, Meta(ge=1, le=10**6, description="what a text message costs, minor units")
    ] = 500
    sms_money_minor: Annotated[
        int, Meta(ge=1, le=10**12, description="what a day's text messages may cost, minor units")
    ] = 500_000
    provider_timeout_s: Annotated[
        int, Meta(ge=1, le=300, description="how long a provider may take to answer")
    ] = 10
    policy: Policy
    providers: Mapping[str, Any]


def _adapters() -> "tuple[Provider, ...]":
    """Loaded when they are asked for: `status` does without what providers are spoken to with."""
    from commands.outside.adapters import ADAPTERS  # noqa: PLC0415

    return ADAPTERS


def _connected() -> "list[Provider | Kind]":
    """All that the outside is spoken to with."""
    from commands.outside.identity.providers import IDENTITY_PROVIDERS  # noqa: PLC0415

    return [*_adapters(), *IDENTITY_PROVIDERS]


def all_settings() -> Iterator[Setting]:
    """In the order of the README's table."""
    yield from settings_of(Settings)
    for one in _connected():
        yield from settings_of(one.settings, f"{one.name}_")
    yield from settings_of(Policy)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Raises `SettingsInvalid` with every fault found."""
    faults: list[str] = []
    adapters = _adapters()
    data = Path(environment.get("MARKET_DATA", ".market")).expanduser().resolve()

    def read(kind: type[Any], prefix: str = "") -> dict[str, object]:
        known = settings_of(kind, prefix)
        return {one.field: one.read(environment, data, faults) for one in known}

    own = read(Settings)
    connected = _connected()
    providers = {one.name: read(one.settings, f"{one.name}_") for one in connected}
    policy = read(Policy)
    pays = [adapter.name for adapter in adapters if adapter.port.name == PAYMENTS]
    known = [MANUAL, *pays]
    if policy["payout_provider"] not in known:
        faults.append(f"MARKET_PAYOUT_PROVIDER must be one of {', '.join(known)}")
    for network in str(own["trusted_proxies"]).replace(",", " ").split():
        try:
            ip_network(network)
        except ValueError as error:
            faults.append(f"MARKET_TRUSTED_PROXIES: {error}")
    if faults:
        raise SettingsInvalid(faults)
    own |= {"data": data, "database_url": noticing_silence(str(own["database_url"]))}
    return Settings(
        **own,  # type: ignore[arg-type]
        policy=Policy(**policy),  # type: ignore[arg-type]
        providers={one.name: one.settings(**providers[one.name]) for one in connected},
    )


def noticing_silence(url: str) -> str:
    """With limits, where none are given, after which a server that says nothing more is lost.

    A machine that has died sends no reset: without them a query waits for a quarter of an hour.
    """
    given = parse_qs(urlsplit(url).query)
    missing = {name: value for name, value in SILENCE.items() if name not in given}
    if not missing:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(missing)}"
