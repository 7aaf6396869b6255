"""All that is written but never logged, a line each."""

from commands.records.api_keys.record import RECORD as API_KEYS
from commands.records.challenges.record import RECORD as CHALLENGES
from commands.records.contacts.record import RECORD as CONTACTS
from commands.records.devices.record import RECORD as DEVICES
from commands.records.factors.record import RECORD as FACTORS
from commands.records.identities.record import RECORD as IDENTITIES
from commands.records.invitations.record import RECORD as INVITATIONS
from commands.records.passwords.record import RECORD as PASSWORDS
from commands.records.record import Record
from commands.records.recoveries.record import RECORD as RECOVERIES
from commands.records.requisites.record import RECORD as REQUISITES
from commands.records.seller_invitations.record import RECORD as SELLER_INVITATIONS
from commands.records.sessions.record import RECORD as SESSIONS
from commands.records.subject_keys.record import RECORD as SUBJECT_KEYS
from commands.records.texts.record import RECORD as TEXTS

RECORDS: tuple[Record, ...] = (
    SUBJECT_KEYS,
    CONTACTS,
    PASSWORDS,
    CHALLENGES,
    SESSIONS,
    DEVICES,
    FACTORS,
    INVITATIONS,
    SELLER_INVITATIONS,
    IDENTITIES,
    API_KEYS,
    TEXTS,
    RECOVERIES,
    REQUISITES,
)
