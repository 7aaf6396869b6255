"""What text messages say: in letters of which 160 go into one."""

from eventstore.events.notice import Template

TEXTS: dict[Template, str] = {
    "registration_code": "{code} confirms your number. Good for 10 minutes.",
    "sign_in_code": "{code} signs you in on a new device. Tell it to nobody.",
    "reset_code": "{code} sets a new password. Tell it to nobody.",
    "step_up_code": "{code} confirms what you are about to do. Tell it to nobody.",
    "contact_old_code": "{code} lets another number take the place of this one. Tell it to nobody.",
    "contact_new_code": "{code} makes this the number of your account.",
    "contact_changed": "This is not your account's number any more. Not you? Undo it: {undo}",
    "contact_restored": "Your account is yours again. Set a new password.",
    "recovery_code": "{code} is for who has lost all second factors. Tell it to nobody.",
    "recovery_begun": "Your second factors go in 3 days. Not you? Stop it: {undo}",
    "recovery_cancelled": "Your second factors stay.",
    "token_reused": "You were signed out on one device: your session was used twice.",
    "factor_added": "A second factor was added to your account.",
    "factor_removed": "A second factor was removed from your account.",
    "recovery_code_used": "A recovery code of your account was used.",
    "new_device": "Your account was used on a new device.",
    "password_changed": "Your password was changed.",
    "api_key_issued": "A key for programs was issued in your name.",
    "identity_linked": "Another way to sign in was added to your account.",
    "identity_unlinked": "A way to sign in was removed from your account.",
}


def text(template: Template, code: str, undo: str) -> str | None:
    """None for what is told by letter only."""
    found = TEXTS.get(template)
    return found and found.format(code=code, undo=undo)
