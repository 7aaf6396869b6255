"""What only a session of somebody's own can ask."""

from commands.refusals import NotAllowed
from eventstore.identity import ROLES, Identity, Permission


def own(name: str) -> Permission:
    """What everybody may who is signed in, about themselves."""
    return Permission(name, frozenset(role for role in ROLES if role != "system"))


def session_of(identity: Identity) -> str:
    """The session that asks. Raises `NotAllowed` for a token that no session gave."""
    if not identity.session or not identity.account:
        raise NotAllowed("This token was not given by signing in: there is no account to it.")
    return identity.session
