"""What accounts are made of here: keys, the processes that hash, who signs tokens."""

import os
import secrets
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from commands.accounts.ceremonies import RelyingParty
from commands.accounts.desk import Accounts, make_accounts
from commands.accounts.gate import Gate
from commands.accounts.keys import AccountKeys
from commands.accounts.means import Bearer, Elsewhere, Means
from commands.accounts.texting import Budgets, Texting
from commands.dispatch import Dispatch
from commands.idempotency import OURS
from commands.outside.breached.lists import Breached, ListFile, ListServer, NoList
from commands.outside.identity.providers import IDENTITY_PROVIDERS
from commands.outside.mail.smtp import NAME as MAIL_BY
from commands.records.passwords.hashing import Passwords
from commands.records.record import Records
from deploy.http.edge.cors import origins_of
from deploy.http.edge.gate import EdgeGate, OpenGate
from deploy.http.edge.windows import Windows
from deploy.http.tokens import issue
from deploy.priority import yield_to_others
from deploy.settings import Settings
from deploy.wiring import clock, make_vault
from eventstore.identity import Permission
from write_api.accounts.bodies import ACCESS_S


def new_id() -> str:
    """Of ours, and nobody's guess."""
    return f"{OURS}{uuid.uuid4()}"


def make_passwords(settings: Settings) -> Passwords:
    return Passwords(
        AccountKeys(settings.account_secret).pepper,
        workers=os.cpu_count() or 1,
        begin=yield_to_others,
        cost=settings.password_cost,
    )


def make_gate(settings: Settings, windows: Windows) -> EdgeGate | OpenGate:
    if settings.sign_in_limits == "no":
        return OpenGate()
    return EdgeGate(windows, settings.edge_secret.encode(), clock)


def make_elsewhere(settings: Settings, client: httpx.AsyncClient) -> Elsewhere:
    """Those providers of identities that we have an id at."""
    return Elsewhere(
        providers={
            kind.name: kind.make(settings.providers[kind.name], client)
            for kind in IDENTITY_PROVIDERS
            if settings.providers[kind.name].client_id
        },
        redirect_uris=frozenset(settings.redirect_uris.replace(",", " ").split()),
    )


def grantable() -> dict[str, Permission]:
    """What a seller's program may be given: what its people hold, but for what is somebody's own
    and what asks for a second factor. Looked up when a key is issued, which is seldom.
    """
    from read_api.app import TOPICS as READ  # noqa: PLC0415
    from write_api.app import TOPICS as WRITE  # noqa: PLC0415

    topics: list[Any] = [*READ, *WRITE]
    routes = [route.opt for topic in topics for route in topic.routes]
    personal = {opt["permission"].name for opt in routes if opt.get("step_up")}
    return {
        asked.name: asked
        for asked in (opt["permission"] for opt in routes)
        if "seller" in asked.roles
        and asked.name not in personal
        and not asked.name.endswith(":own")
        and not asked.name.startswith("api-keys:")
    }


def make_breached(settings: Settings, client: httpx.AsyncClient) -> Breached:
    if settings.breached_file:
        return ListFile(Path(settings.breached_file))
    return ListServer(settings.breached_url, client) if settings.breached_url else NoList()


def make_texting(settings: Settings) -> Texting:
    budgets = Budgets(
        countries=frozenset(settings.sms_countries.replace(",", " ").upper().split()),
        per_number=settings.sms_per_number,
        per_address=settings.sms_per_address,
        per_country=settings.sms_per_country,
        money_minor=settings.sms_money_minor,
        price_minor=settings.sms_price_minor,
    )
    return Texting(settings.sms_by, budgets)


def wired(
    settings: Settings,
    pool: Records,
    dispatch: Dispatch,
    hashing: Passwords,
    gate: Gate,
    elsewhere: Elsewhere,
    texting: Texting,
    breached: Breached,
) -> Accounts:
    means = Means(
        records=pool,
        dispatch=dispatch,
        keys=AccountKeys(settings.account_secret),
        hashing=hashing,
        vault=make_vault(settings, pool),
        gate=gate,
        issue=issuer(settings.private_key_file),
        mail_by=MAIL_BY,
        relying_party=RelyingParty(
            domain=settings.passkey_domain, origins=sorted(origins_of(settings.origins))
        ),
        elsewhere=elsewhere,
        texting=texting,
        breached=breached,
        draw=secrets.token_bytes,
        new_id=new_id,
        grantable=grantable,
    )
    return make_accounts(means)


def issuer(file: Path) -> Callable[[Bearer, datetime], str]:
    """The key is read anew when its file is another: a rotation needs no restart."""
    private_key = _latest(file)

    def issue_access(bearer: Bearer, now: datetime) -> str:
        more: dict[str, Any] = {"acc": bearer.account_id, "sid": bearer.session_id}
        if bearer.factor_at is not None:
            more["fct"] = int(bearer.factor_at.timestamp())
        if len(bearer.roles) > 1:
            more["roles"] = list(bearer.roles)
        if bearer.member is not None:
            more["mbr"] = bearer.member
        surface = f"market:{bearer.surface}"
        role, subject = bearer.roles[0], bearer.subject
        return issue(private_key(), role, subject, now, ACCESS_S, aud=surface, **more)

    return issue_access


def _latest(file: Path) -> Callable[[], str]:
    kept: dict[tuple[int, int], str] = {}

    def read() -> str:
        about = file.stat()
        seen = (about.st_mtime_ns, about.st_ino)
        if seen not in kept:
            kept.clear()
            kept[seen] = file.read_text()
        return kept[seen]

    return read
