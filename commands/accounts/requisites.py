"""Numbers of the Russian state and its banks, judged before anybody is asked.

INN and OGRN by python-stdnum; BIK, account and KPP by their own rules.
"""

import re

from stdnum.ru import inn as inns
from stdnum.ru import ogrn as ogrns

from commands.accounts.refusals import RequisiteInvalid
from commands.records.requisites.queries import Details

KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
BIK = re.compile(r"04[0-9]{7}")
ACCOUNT = re.compile(r"[0-9]{20}")
WEIGHTS = (7, 1, 3)
COMPANY_INN, PERSON_INN = 10, 12
COMPANY_OGRN, TRADER_OGRN = 13, 15


def judge(details: Details) -> None:
    """Raises `RequisiteInvalid` for the first that cannot be, by its field."""
    company = details.kind == "company"
    digits = COMPANY_INN if company else PERSON_INN
    if len(details.inn) != digits or not inns.is_valid(details.inn):
        raise _wrong("inn", f"must be an INN of {digits} digits")
    _judge_register(details)
    if company != bool(details.kpp):
        raise _wrong("kpp", "is what companies have, and nobody else")
    if company and not KPP.fullmatch(details.kpp):
        raise _wrong("kpp", "must be a KPP of 9 places")
    if not BIK.fullmatch(details.bik):
        raise _wrong("bik", "must be a BIK of 9 digits that begins with 04")
    if not ACCOUNT.fullmatch(details.bank_account) or not is_of_bank(
        details.bank_account, details.bik
    ):
        raise _wrong("bank_account", "must be an account of 20 digits at that bank")


def _judge_register(details: Details) -> None:
    if details.kind == "self_employed":
        if details.ogrn:
            raise _wrong("ogrn", "is what self-employed do not have")
        return
    digits = COMPANY_OGRN if details.kind == "company" else TRADER_OGRN
    if len(details.ogrn) != digits or not ogrns.is_valid(details.ogrn):
        raise _wrong("ogrn", f"must be an OGRN of {digits} digits")


def is_of_bank(account: str, bik: str) -> bool:
    """By its key: weighted digits of the bank's last three and the account sum to a ten."""
    digits = f"{bik[-3:]}{account}"
    return sum(int(d) * WEIGHTS[n % 3] for n, d in enumerate(digits)) % 10 == 0


def _wrong(field: str, why: str) -> RequisiteInvalid:
    return RequisiteInvalid(f"{field} {why}.", field=field)
