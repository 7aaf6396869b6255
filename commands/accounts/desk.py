"""All that people can ask about their accounts, put together."""

import msgspec

from commands.accounts.api_keys import ApiKeys
from commands.accounts.changing import Changing
from commands.accounts.codes import Codes
from commands.accounts.contacts import Contacts
from commands.accounts.devices import Devices
from commands.accounts.factors import Factors
from commands.accounts.identities import Identities
from commands.accounts.means import Means
from commands.accounts.members import Members
from commands.accounts.notices import Notices
from commands.accounts.passkeys import Passkeys
from commands.accounts.recovering import Recovering
from commands.accounts.registration import Registration
from commands.accounts.resetting import Resetting
from commands.accounts.sent_away import Ceremonies
from commands.accounts.sessions import Sessions
from commands.accounts.signing_in import SigningIn
from commands.accounts.social import Social
from commands.accounts.staffing import Staffing
from commands.accounts.stepping_up import SteppingUp
from commands.accounts.taking_back import TakingBack
from commands.accounts.verifying import Verifying


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    registration: Registration
    codes: Codes
    signing_in: SigningIn
    sessions: Sessions
    resetting: Resetting
    changing: Changing
    factors: Factors
    stepping_up: SteppingUp
    staffing: Staffing
    members: Members
    devices: Devices
    passkeys: Passkeys
    ceremonies: Ceremonies
    social: Social
    identities: Identities
    contacts: Contacts
    api_keys: ApiKeys
    recovering: Recovering
    verifying: Verifying


def make_accounts(means: Means) -> Accounts:
    notices = Notices(means)
    codes = Codes(means, notices)
    sessions = Sessions(means, notices)
    factors = Factors(means, notices)
    signing_in = SigningIn(means, codes, factors, sessions, notices)
    ceremonies = Ceremonies(means)
    identities = Identities(means, ceremonies, notices)
    taking_back = TakingBack(means, sessions, notices)
    return Accounts(
        registration=Registration(means, codes),
        codes=codes,
        signing_in=signing_in,
        sessions=sessions,
        resetting=Resetting(means, codes, sessions, notices),
        changing=Changing(means, sessions, notices),
        factors=factors,
        stepping_up=SteppingUp(means, codes, factors, sessions),
        staffing=Staffing(means, factors),
        members=Members(means, notices, sessions),
        devices=Devices(means, sessions),
        passkeys=Passkeys(means, codes, factors, signing_in, sessions),
        ceremonies=ceremonies,
        social=Social(means, codes, signing_in, ceremonies),
        identities=identities,
        contacts=Contacts(means, codes, notices, taking_back),
        api_keys=ApiKeys(means, notices),
        recovering=Recovering(means, codes, notices),
        verifying=Verifying(means),
    )
