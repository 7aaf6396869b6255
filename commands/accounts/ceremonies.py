"""What a passkey is asked and how its answer is judged: WebAuthn, by the library of that name.

What it has to sign is derived from the challenge's id: nothing is stored that could be replayed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from commands.accounts.refusals import PasskeyRefused, PasskeysAreOff
from commands.records.factors.passkeys import Passkey

NAME = "Marketplace"
TIMEOUT_MS = 300_000
VERIFIED = UserVerificationRequirement.REQUIRED

type Options = dict[str, Any]
type Credential = Mapping[str, Any]


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True):
    """`domain` is what passkeys are for, `origins` the pages that may ask for them; none if either
    is empty.
    """

    domain: str
    origins: Sequence[str]

    def must_be_set(self) -> None:
        """Raises `PasskeysAreOff`."""
        if not self.domain or not self.origins:
            raise PasskeysAreOff

    def asks_for_new(
        self, challenge: bytes, account_id: str, label: str, known: Sequence[bytes]
    ) -> Options:
        """A discoverable key behind a finger, a face or a PIN; none that is there already."""
        return _shown(
            generate_registration_options(
                rp_id=self.domain,
                rp_name=NAME,
                user_id=account_id.encode(),
                user_name=label,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            )
        )

    def asks(self, challenge: bytes, known: Sequence[bytes] = ()) -> Options:
        """Of those that are `known`, or of whatever the browser has for this domain."""
        return _shown(
            generate_authentication_options(
                rp_id=self.domain,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
                user_verification=VERIFIED,
            )
        )

    def new(self, credential: Credential, challenge: bytes) -> VerifiedRegistration:
        """Raises `PasskeyRefused`."""
        return _judged(
            lambda: verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=list(self.origins),
                require_user_verification=True,
            )
        )

    def shown(
        self, credential: Credential, challenge: bytes, passkey: Passkey
    ) -> VerifiedAuthentication:
        """Raises `PasskeyRefused`."""
        return _judged(
            lambda: verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=list(self.origins),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        )


def credential_id(credential: Credential) -> bytes:
    """Raises `PasskeyRefused`."""
    return _judged(lambda: base64url_to_bytes(credential["rawId"]))


def is_of(credential: Credential, account_id: str) -> bool:
    """Whether it says, if it says so, that it is this account's."""
    handle = credential["response"].get("userHandle")
    return not handle or _judged(lambda: base64url_to_bytes(handle)) == account_id.encode()


def _judged[T](judge: Callable[[], T]) -> T:
    """A client may send anything: what cannot be read is refused like what is wrong."""
    try:
        return judge()
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused(field="credential") from error


def _shown(options: Any) -> Options:
    shown: Options = json.loads(options_to_json(options))
    return shown
