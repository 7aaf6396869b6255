"""Addresses of people: judged as they are typed, named as they are the same."""

import unicodedata

import msgspec
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from commands.accounts.refusals import AddressInvalid, PhoneInvalid
from eventstore.events.account import Channel

LONGEST = 254
# Numbers without a country are read as one of there.
AT_HOME = "RU"
# What somebody carries about. Premium, shared-cost and satellite numbers cost whoever writes there;
# no number of a desk or a service is a person's.
TAKEN = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
NOWHERE = "001"


class Address(msgspec.Struct, frozen=True):
    """`typed` is where messages go; `same` is one text for all spellings that reach one person.

    `country` is a number's, as an ISO code.
    """

    typed: str
    same: str
    channel: Channel = "email"
    country: str = ""


def contact(text: str) -> Address:
    """An e-mail address or a phone number. Raises `AddressInvalid` or `PhoneInvalid`."""
    return email(text) if "@" in text else phone(text)


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


def phone(text: str) -> Address:
    """Raises `PhoneInvalid`, for numbers of services too."""
    try:
        found = phonenumbers.parse(unicodedata.normalize("NFKC", text), AT_HOME)
    except NumberParseException as error:
        raise PhoneInvalid(field="phone") from error
    country = phonenumbers.region_code_for_number(found)
    if (
        not phonenumbers.is_valid_number(found)
        or phonenumbers.number_type(found) not in TAKEN
        or country in {None, NOWHERE}
    ):
        raise PhoneInvalid(field="phone")
    number = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    return Address(number, number, "phone", str(country))
