"""All that people can ask about their accounts, put together."""

from collections.abc import Callable

import msgspec

from commands.accounts.codes import Codes
from commands.accounts.factors import Factors, Vault
from commands.accounts.gate import Gate
from commands.accounts.keys import AccountKeys
from commands.accounts.members import Members
from commands.accounts.notices import Notices
from commands.accounts.registration import Registration
from commands.accounts.resetting import Resetting
from commands.accounts.sessions import IssueToken, Sessions
from commands.accounts.signing_in import SigningIn
from commands.accounts.staffing import Staffing
from commands.accounts.stepping_up import SteppingUp
from commands.dispatch import Dispatch
from commands.records.passwords.hashing import Passwords
from commands.records.record import Records


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    registration: Registration
    codes: Codes
    signing_in: SigningIn
    sessions: Sessions
    resetting: Resetting
    factors: Factors
    stepping_up: SteppingUp
    staffing: Staffing
    members: Members


def make_accounts(
    records: Records,
    dispatch: Dispatch,
    keys: AccountKeys,
    hashing: Passwords,
    *,
    vault: Vault,
    gate: Gate,
    issue: IssueToken,
    mail_by: str,
    draw: Callable[[int], bytes],
    new_id: Callable[[], str],
) -> Accounts:
    """`draw` gives so many random bytes, `new_id` an id of ours, `mail_by` the mail provider."""
    notices = Notices(records, dispatch, mail_by)
    codes = Codes(records, keys, notices, new_id)
    sessions = Sessions(records, dispatch, keys, notices, issue, draw, new_id)
    factors = Factors(records, dispatch, vault, notices, draw, new_id)
    return Accounts(
        registration=Registration(records, dispatch, keys, hashing, codes, gate, new_id),
        codes=codes,
        signing_in=SigningIn(records, keys, hashing, codes, factors, gate, sessions, draw, new_id),
        sessions=sessions,
        resetting=Resetting(records, dispatch, keys, hashing, codes, gate, sessions, new_id),
        factors=factors,
        stepping_up=SteppingUp(records, codes, factors, gate, sessions),
        staffing=Staffing(records, dispatch, factors),
        members=Members(records, dispatch, keys, notices, new_id),
    )
