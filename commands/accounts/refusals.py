"""Why somebody is not let in. What tells an address that is known from one that is not says
nothing of its own.
"""

from commands.refusals import Conflict, Forbidden, Invalid, NotNow, Unknown


class AddressInvalid(Invalid):
    """This is no e-mail address."""


class PhoneInvalid(Invalid):
    """This is no mobile number that messages could be sent to."""


class RequisiteInvalid(Invalid):
    """There is no such number."""


class PhonesAreOff(Conflict):
    """There are no phone numbers here: MARKET_SMS_BY is not set."""


class TextsAreSpent(NotNow):
    """No more messages are sent today: use an e-mail address, or come again tomorrow."""


class PasswordWeak(Invalid):
    """The password is too easy to guess."""


class SignInRefused(Forbidden):
    """Address and password do not belong together."""


class PasswordWrong(Forbidden):
    """This is not the account's password."""


class CodeRefused(Forbidden):
    """The code is wrong, was used, or is too old: ask for another."""


class DeviceUnknown(Unknown):
    """There is no such device of the account's."""


class PasskeyRefused(Forbidden):
    """The passkey is not known, or its answer is not right: ask again."""


class PasskeysAreOff(Conflict):
    """There are no passkeys here: MARKET_PASSKEY_DOMAIN and MARKET_ORIGINS are not set."""


class IdentityProviderUnknown(Unknown):
    """There is no such provider of identities here."""


class RedirectRefused(Invalid):
    """This is none of the pages that people may be sent back to: MARKET_REDIRECT_URIS."""


class AddressMissing(Conflict):
    """The provider tells no e-mail address: register with one, and link this identity then."""


class AddressHasAccount(Conflict):
    """An account has this address: sign in to it, and link this identity there."""


class TooManyIdentities(Conflict):
    """An account has ten identities at most: unlink one first."""


class PermissionNotHeld(Forbidden):
    """Nobody gives a key what they do not hold."""


class TooManyKeys(Conflict):
    """A seller has fifty keys at most: revoke one first."""


class FactorIsDue(Conflict):
    """The account has a second factor: show a code of that."""


class FactorIsMissing(Conflict):
    """Staff need an authenticator: add one first."""


class InvitationRefused(Forbidden):
    """The invitation is not valid, too old, or was taken."""


class CodeJustSent(NotNow):
    """A code was sent to this address a moment ago."""


class IdentityProviderAway(Exception):
    """The provider does not answer, or nothing that we understand: begin again."""


class PasswordsBusy(Exception):
    """More people sign in at the moment than passwords can be hashed."""
