"""What is asked about accounts, and what is answered. Nothing that is typed here is echoed."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from commands.accounts.codes import Asked
from commands.accounts.refusals import AddressInvalid, PhoneInvalid
from commands.accounts.sessions import Granted
from eventstore.identity import Surface
from write_api.bodies import KnownId

type Email = Annotated[
    str, Meta(min_length=3, max_length=254, description="An address", examples=["anna@example.org"])
]
type Phone = Annotated[
    str, Meta(min_length=3, max_length=40, description="A number", examples=["+79161234567"])
]
type Password = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        description="8 to 256 characters of any kind, not easy to guess",
        examples=["korrekte-pferde-batterie"],
    ),
]
type Code = Annotated[
    str, Meta(pattern=r"^[0-9]{6}\Z", description="As it was sent", examples=["123456"])
]
type FactorCode = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=40,
        description="Six digits of an authenticator, or a recovery code",
        examples=["123456"],
    ),
]
type ChallengeId = Annotated[
    str, Meta(pattern=r"^~[0-9a-f-]{36}\Z", description="As it was answered")
]
type DeviceToken = Annotated[
    str, Meta(max_length=200, description="What a device was given when it became known")
]

type Proof = Annotated[
    str, Meta(max_length=4000, description="The solution of what a refusal asked for")
]

ACCESS_S = 600


class AccountBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of people who are not signed in yet. `proof` answers a `proof-of-work-required`."""

    proof: Proof = ""


class ContactBody(AccountBody, frozen=True, kw_only=True):
    """One of the two."""

    email: Email | None = None
    phone: Phone | None = None

    def __post_init__(self) -> None:
        if (self.email is None) == (self.phone is None):
            raise ValueError("Expected one of `email` and `phone` - at `$.email`")

    @property
    def address(self) -> str:
        """Told apart by its @. Raises `AddressInvalid` or `PhoneInvalid`."""
        if self.email is not None:
            if "@" not in self.email:
                raise AddressInvalid(field="email")
            return self.email
        if self.phone is None or "@" in self.phone:
            raise PhoneInvalid(field="phone")
        return self.phone


class RegistrationBody(ContactBody, frozen=True, kw_only=True):
    password: Password


class CodeBody(AccountBody, frozen=True, kw_only=True):
    code: Code


class FactorCodeBody(AccountBody, frozen=True, kw_only=True):
    code: FactorCode


class EntryBody(AccountBody, frozen=True, kw_only=True):
    """With `cookies` what refreshes the session goes into cookies, and a CSRF token comes back."""

    cookies: bool = False


class EntryCodeBody(EntryBody, frozen=True, kw_only=True):
    """With `trust` the device signs in by itself for 30 days."""

    code: Code
    trust: bool = False


class EntryFactorBody(EntryBody, frozen=True, kw_only=True):
    """With `trust` the device signs in by itself for 30 days."""

    code: FactorCode
    trust: bool = False


class DeviceSignInBody(EntryBody, frozen=True, kw_only=True):
    """With `cookies` the device's token is in its cookie."""

    device_token: DeviceToken = ""
    surface: Literal["buyer", "seller"] = "buyer"
    seller_id: KnownId = ""

    def __post_init__(self) -> None:
        names_its_seller(self.surface, self.seller_id)


class SignInBody(ContactBody, frozen=True, kw_only=True):
    """With `cookies` what refreshes the session goes into cookies, and a CSRF token comes back."""

    cookies: bool = False
    password: Password
    device_token: DeviceToken = ""
    surface: Surface = "buyer"
    seller_id: KnownId = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        names_its_seller(self.surface, self.seller_id)


def names_its_seller(surface: Surface, seller_id: str) -> None:
    if (surface == "seller") != bool(seller_id):
        raise ValueError("Expected `str` where surface is seller - at `$.seller_id`")


class ResetBody(ContactBody, frozen=True, kw_only=True):
    pass


class NewPasswordBody(AccountBody, frozen=True, kw_only=True):
    code: Code
    password: Password


class ChangedPasswordBody(AccountBody, frozen=True, kw_only=True):
    current: Password
    password: Password


class NothingBody(AccountBody, frozen=True, kw_only=True):
    pass


class CodeSentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The same whether or not somebody has that address. `by` is where the code comes from."""

    challenge_id: str
    expires_at: datetime
    resend_at: datetime
    by: Literal["email", "phone", "factor"]


class SignedInAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`device_token` where a device became a known one: there, a password alone does next time.
    Of a session with cookies neither token is told, and `csrf_token` is shown to refresh it.
    """

    account_id: str
    session_id: str
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str | None
    device_token: str | None
    csrf_token: str | None = None


class PasswordSetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All sessions of before have ended."""

    status: str = "password_set"


def code_sent(asked: Asked) -> CodeSentAnswer:
    return CodeSentAnswer(
        challenge_id=asked.challenge_id,
        expires_at=asked.expires_at,
        resend_at=asked.resend_at,
        by=asked.by,
    )


def signed_in(granted: Granted) -> SignedInAnswer:
    return SignedInAnswer(
        account_id=granted.account_id,
        session_id=granted.session_id,
        access_token=granted.access_token,
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=ACCESS_S,
        refresh_token=granted.refresh_token,
        device_token=granted.device_token,
    )


CODE_SENT = {
    "challenge_id": "~6f1c2f6e-8f0b-4c0e-9a53-1d6f1a7c0d11",
    "expires_at": "2026-05-04T12:10:00Z",
    "resend_at": "2026-05-04T12:01:00Z",
    "by": "email",
}
SIGNED_IN = {
    "account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
    "session_id": "~4b1d7c3e-9f6a-4b2f-8e0d-9c8b019a4c6e",
    "access_token": "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
    "token_type": "Bearer",
    "expires_in": ACCESS_S,
    "refresh_token": f"mrt_~4b1d7c3e-9f6a-4b2f-8e0d-9c8b019a4c6e.{'q83vEjRWeJC' * 4}",
    "device_token": f"mdt_~7d1b7c3e-9f6a-4b2f-9e0d-9c8b019a4c6e.{'q83vEjRWeJC' * 4}",
}
