"""Accounts: registration, signing in, tokens, sessions, second factors."""

from write_api.accounts import (
    api_keys,
    contacts,
    devices,
    factors,
    identities,
    members,
    passkeys,
    recoveries,
    registrations,
    sessions,
    sign_ins,
    social,
    staff,
    tokens,
)
from write_api.route import Topic

TOPIC = Topic(
    [
        *registrations.ROUTES,
        *sign_ins.ROUTES,
        *tokens.ROUTES,
        *sessions.ROUTES,
        *factors.ROUTES,
        *staff.ROUTES,
        *members.ROUTES,
        *devices.ROUTES,
        *passkeys.ROUTES,
        *social.ROUTES,
        *identities.ROUTES,
        *contacts.ROUTES,
        *api_keys.ROUTES,
        *recoveries.ROUTES,
    ]
)
