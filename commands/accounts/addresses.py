"""E-mail addresses: judged as they are typed, named as they are the same."""

import unicodedata

import msgspec
from email_validator import EmailNotValidError, validate_email

from commands.accounts.refusals import AddressInvalid

LONGEST = 254


class Address(msgspec.Struct, frozen=True):
    """`typed` is where mail goes; `same` is one text for all spellings that reach one mailbox."""

    typed: str
    same: str


def email(text: str) -> Address:
    """Raises `AddressInvalid`. No server is asked whether there is such a mailbox."""
    if len(text) > LONGEST:
        raise AddressInvalid(f"must have at most {LONGEST} characters", field="email")
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise AddressInvalid(str(error), field="email") from error
    local = unicodedata.normalize("NFKC", found.local_part).casefold()
    return Address(
        found.ascii_email or found.normalized,
        f"{local}@{found.ascii_domain or found.domain}".lower(),
    )
