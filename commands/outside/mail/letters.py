"""What letters say. A letter with a code never holds a link: nobody learns to follow one."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

import msgspec

from eventstore.events.notice import Template


class Text(msgspec.Struct, frozen=True):
    subject: str
    body: str


SIGNATURE = "\n\nThis letter was written by a machine; nobody reads an answer to it.\n"
TEXTS: dict[Template, Text] = {
    "registration_code": Text(
        "Your code: {code}",
        "{code} is the code that confirms your address. It is good for 10 minutes.\n\n"
        "If you have not asked for an account, do nothing: without the code there is none.",
    ),
    "sign_in_code": Text(
        "Your sign-in code: {code}",
        "{code} is the code to sign in on a new device. It is good for 10 minutes.\n\n"
        "Tell it to nobody. If you are not signing in, somebody knows your password: change it.",
    ),
    "reset_code": Text(
        "Your code for a new password: {code}",
        "{code} is the code to set a new password. It is good for 10 minutes.\n\n"
        "Tell it to nobody. If you have not asked for it, do nothing: your password stays.",
    ),
    "already_registered": Text(
        "You have an account already",
        "Somebody, perhaps you, wanted to register with this address, which has an account.\n\n"
        "If it was you, sign in, or set a new password. If not, do nothing: nothing has changed.",
    ),
    "not_registered": Text(
        "There is no account with this address",
        "Somebody, perhaps you, wanted a new password for an account with this address. There is"
        " none.\n\nIf it was you, try another address of yours, or register. If not, do nothing.",
    ),
    "step_up_code": Text(
        "Your code: {code}",
        "{code} is the code to confirm what you are about to do. It is good for 10 minutes.\n\n"
        "Tell it to nobody. If you are not doing anything, sign out everywhere and set a new"
        " password.",
    ),
    "factor_added": Text(
        "A second factor was added to your account",
        "From now on it is asked for when you sign in on a new device.\n\n"
        "If it was not you, set a new password and remove it.",
    ),
    "factor_removed": Text(
        "A second factor was removed from your account",
        "It is not asked for any more.\n\nIf it was not you, set a new password and add one.",
    ),
    "recovery_code_used": Text(
        "One of your recovery codes was used",
        "Somebody, hopefully you, signed in with it. Each is good for once.\n\n"
        "If it was not you, set a new password and draw new codes.",
    ),
    "new_device": Text(
        "Your account was used on a new device",
        "Somebody, hopefully you, signed in on a device that was not known before.\n\n"
        "If it was not you, set a new password: it signs every device out.",
    ),
    "password_changed": Text(
        "Your password was changed",
        "From now on the new one is asked for; you are signed out everywhere else.\n\n"
        "If it was not you, set a new password by a letter: it signs everybody out.",
    ),
    "contact_old_code": Text(
        "Your code to change your address: {code}",
        "{code} is the code that lets another address take the place of this one. It is good for"
        " 10 minutes.\n\nTell it to nobody. If you are not changing your address, somebody is in"
        " your account: set a new password.",
    ),
    "contact_new_code": Text(
        "Your code to confirm your address: {code}",
        "{code} is the code that makes this the address of your account. It is good for 10"
        " minutes.\n\nIf you have not asked for it, do nothing: without the code nothing changes.",
    ),
    "contact_changed": Text(
        "Your account has another address now",
        "This address is not the one of your account any more.\n\n"
        "If it was not you, take your account back within 7 days with\n\n{undo}\n\n"
        "It makes this address yours again, signs everybody out, and takes away what was added"
        " to the account since. Then set a new password.",
    ),
    "contact_restored": Text(
        "Your account is yours again",
        "This is its address again, everybody was signed out, and the password is void.\n\n"
        "Set a new password by a letter to this address.",
    ),
    "recovery_code": Text(
        "Your code to go on without your second factors: {code}",
        "{code} is one of the codes for who has lost all second factors. It is good for 10 minutes."
        "\n\nTell it to nobody. If you have not lost them, somebody knows your password.",
    ),
    "recovery_begun": Text(
        "Your second factors will be removed in three days",
        "Somebody, hopefully you, has lost the second factors of your account. After three days the"
        " account will do without them.\n\nIf it was not you, stop it with\n\n{undo}\n\nand set a"
        " new password.",
    ),
    "recovery_cancelled": Text(
        "Your second factors stay",
        "That they should be removed was stopped. If it was not you who stopped it, sign out"
        " everywhere and set a new password.",
    ),
    "api_key_issued": Text(
        "A key for programs was issued in your name",
        "Whoever holds it acts for your seller, within what it was given.\n\n"
        "If it was not you, revoke it, sign out everywhere and set a new password.",
    ),
    "identity_linked": Text(
        "Another way to sign in was added to your account",
        "An account at another service now signs in to yours.\n\n"
        "If it was not you, unlink it, sign out everywhere and set a new password.",
    ),
    "identity_unlinked": Text(
        "A way to sign in was removed from your account",
        "An account at another service does not sign in to yours any more.\n\n"
        "If it was not you, sign out everywhere and set a new password.",
    ),
    "seller_invitation": Text(
        "You are invited to work for a seller",
        "Sign in with this address, or register with it, and accept the invitation {notice}.\n\n"
        "It is good for 7 days, and for nobody who does not read this mailbox.",
    ),
    "token_reused": Text(
        "You were signed out on one device",
        "What keeps you signed in was used twice, as happens when it is stolen. We have signed that"
        " device out.\n\nSign in again; if anything looks strange, set a new password.",
    ),
}


def letter(
    template: Template,
    notice_id: str,
    code: str,
    *,
    undo: str,
    sender: str,
    to: str,
    message_id: str,
    now: datetime,
) -> EmailMessage:
    text = TEXTS[template]
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = text.subject.format(code=code)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body.format(code=code, notice=notice_id, undo=undo) + SIGNATURE)
    return message
