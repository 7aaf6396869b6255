"""Contacts of an account: changed from both ends, and had back with all that was added since."""

from datetime import datetime, timedelta
from typing import Any

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.messages import ChangeContact, Telling, UndoContactChange
from commands.streams.account.refusals import (
    AccountUnknown,
    ChangeUnknown,
    ContactIsOther,
    TooManyChanges,
)
from commands.streams.contact.refusals import ContactTaken
from eventstore.events.account import (
    AccountRegistered,
    ContactChanged,
    ContactChangeUndone,
    FactorAdded,
    FactorRemoved,
)
from eventstore.events.contact import ContactClaimed, ContactReleased, ContactRestored
from eventstore.events.identity import IdentityLinked, IdentityUnlinked
from eventstore.events.notice import NoticeRequested
from eventstore.events.session import SessionEnded
from tests.given import NOW, at, given
from tests.unit.account.test_decider import started

ANNA = Actor("buyer", "~anna")
MALLORY = Actor("buyer", "~mallory")
UNTIL = NOW + timedelta(days=7)
REGISTERED = AccountRegistered(account_id="~anna", contact_id="~c1", channel="email")
CLAIMED = ContactClaimed(contact="old", contact_id="~c1", account_id="~anna", channel="email")
OTHERS = AccountRegistered(account_id="~mallory", contact_id="~c9", channel="email")
HIS = ContactClaimed(contact="new", contact_id="~c9", account_id="~mallory", channel="email")


def changed(number: int = 1, before: str = "~c1", until: datetime = UNTIL) -> ContactChanged:
    return ContactChanged(
        account_id="~anna",
        change_id=f"~h{number}",
        contact_id=f"~c{number + 1}",
        channel="email",
        before=before,
        undo_until=until,
    )


NEW = ContactClaimed(contact="new", contact_id="~c2", account_id="~anna", channel="email")
RELEASED = ContactReleased(contact="old", contact_id="~c1", account_id="~anna", held_until=UNTIL)
UNDONE = ContactChangeUndone(account_id="~anna", change_id="~h1", contacts={"email": "~c1"})
AFTER = (REGISTERED, CLAIMED, changed(), NEW, RELEASED)


def change(by: Actor = ANNA, now: datetime = NOW, **more: Any) -> ChangeContact:
    asked: dict[str, Any] = {
        "account_id": "~anna",
        "change_id": "~h1",
        "channel": "email",
        "contact": "new",
        "contact_id": "~c2",
        "before": "old",
        "undo_until": UNTIL,
    }
    return ChangeContact(**(asked | more), **at(by, now))


def undo(by: Actor = ANNA, now: datetime = NOW, **more: Any) -> UndoContactChange:
    asked: dict[str, Any] = {
        "account_id": "~anna",
        "change_id": "~h1",
        "contacts": ("old", "new"),
        "identities": (),
        "sessions": (),
    }
    return UndoContactChange(**(asked | more), **at(by, now))


def test_the_new_one_is_claimed_and_the_old_one_held() -> None:
    given(REGISTERED, CLAIMED).when(change()).then(changed(), NEW, RELEASED)


def test_the_first_of_a_channel_takes_nothing_s_place() -> None:
    phone = ContactClaimed(contact="tel", contact_id="~p1", account_id="~anna", channel="phone")
    first = ContactChanged(
        account_id="~anna",
        change_id="~h1",
        contact_id="~p1",
        channel="phone",
        before=None,
        undo_until=UNTIL,
    )
    asked = change(channel="phone", contact="tel", contact_id="~p1", before="")
    given(REGISTERED, CLAIMED).when(asked).then(first, phone)


def test_both_ends_must_be_what_they_are_said_to_be() -> None:
    world = given(REGISTERED, CLAIMED)
    world.when(change(before="")).refused(ContactIsOther)
    world.when(change(before="unknown")).refused(ContactIsOther)
    world.when(change(by=MALLORY)).refused(NotYours, "account_id")
    given().when(change()).refused(AccountUnknown, "account_id")
    given(REGISTERED, CLAIMED, OTHERS, HIS).when(change()).refused(ContactTaken)
    given(*AFTER).when(change(change_id="~h2", contact="more", contact_id="~c3")).refused(
        ContactIsOther
    )


def test_what_is_held_is_free_when_the_week_is_over() -> None:
    register = change(contact="old", contact_id="~c3", before="new", change_id="~h2")
    given(*AFTER).when(register).refused(ContactTaken)
    late = change(
        contact="old", contact_id="~c3", before="new", change_id="~h2", now=UNTIL, undo_until=UNTIL
    )
    released = ContactReleased(
        contact="new", contact_id="~c2", account_id="~anna", held_until=UNTIL
    )
    claimed = ContactClaimed(contact="old", contact_id="~c3", account_id="~anna", channel="email")
    given(*AFTER).when(late).then(changed(2, "~c2"), claimed, released)


def test_five_may_be_open_at_once() -> None:
    history: list[Any] = [REGISTERED, CLAIMED]
    for number in range(1, 6):
        before = "old" if number == 1 else f"n{number - 1}"
        history += [
            changed(number, f"~c{number}"),
            ContactClaimed(
                contact=f"n{number}",
                contact_id=f"~c{number + 1}",
                account_id="~anna",
                channel="email",
            ),
            ContactReleased(
                contact=before, contact_id=f"~c{number}", account_id="~anna", held_until=UNTIL
            ),
        ]
    asked = change(change_id="~h6", contact="n6", contact_id="~c7", before="n5")
    given(*history).when(asked).refused(TooManyChanges)


def test_the_old_one_is_had_back_and_what_was_added_goes() -> None:
    mine = FactorAdded(account_id="~anna", factor_id="~f1", kind="totp")
    his = FactorAdded(account_id="~anna", factor_id="~f2", kind="passkey")
    world = given(REGISTERED, CLAIMED, mine, changed(), NEW, RELEASED, his, started("~s1"))
    world.when(undo(sessions=("~s1", "~s2"))).then(
        UNDONE,
        ContactRestored(contact="old", contact_id="~c1", account_id="~anna"),
        ContactReleased(contact="new", contact_id="~c2", account_id="~anna", held_until=NOW),
        FactorRemoved(account_id="~anna", factor_id="~f2"),
        SessionEnded(session_id="~s1", account_id="~anna", reason="contact_restored"),
    )


def test_what_was_added_beside_it_goes_as_well() -> None:
    """A number of the thief's, and an identity; what is another's stays."""
    phone = ContactClaimed(contact="tel", contact_id="~p1", account_id="~anna", channel="phone")
    added = ContactChanged(
        account_id="~anna",
        change_id="~h2",
        contact_id="~p1",
        channel="phone",
        before=None,
        undo_until=UNTIL,
    )
    his = IdentityLinked(identity="i1", identity_id="~i1", account_id="~anna", provider="vk")
    hers = IdentityLinked(identity="i2", identity_id="~i2", account_id="~other", provider="vk")
    world = given(*AFTER, added, phone, his, hers)
    asked = undo(contacts=("old", "new", "tel"), identities=("i1", "i2", "i3"))
    world.when(asked).then(
        UNDONE,
        ContactRestored(contact="old", contact_id="~c1", account_id="~anna"),
        ContactReleased(contact="new", contact_id="~c2", account_id="~anna", held_until=NOW),
        ContactReleased(contact="tel", contact_id="~p1", account_id="~anna", held_until=NOW),
        IdentityUnlinked(identity="i1", identity_id="~i1", account_id="~anna"),
    )


def test_a_number_that_was_added_is_undone_from_the_address() -> None:
    phone = ContactClaimed(contact="tel", contact_id="~p1", account_id="~anna", channel="phone")
    added = ContactChanged(
        account_id="~anna",
        change_id="~h1",
        contact_id="~p1",
        channel="phone",
        before=None,
        undo_until=UNTIL,
    )
    given(REGISTERED, CLAIMED, added, phone).when(undo(contacts=("old", "tel"))).then(
        UNDONE,
        ContactReleased(contact="tel", contact_id="~p1", account_id="~anna", held_until=NOW),
    )


def test_all_that_the_account_has_is_told_in_the_same_append() -> None:
    tell = Telling(notice_id="~h1.~c1", contact_id="~c1", channel="email", provider="smtp")
    told = NoticeRequested(
        notice_id="~h1.~c1",
        contact_id="~c1",
        channel="email",
        provider="smtp",
        template="contact_changed",
        expires_at=None,
    )
    given(REGISTERED, CLAIMED).when(change(tell=(tell,))).then(changed(), NEW, RELEASED, told)


def test_it_is_had_back_once_in_time_and_from_where_it_was() -> None:
    given(*AFTER).when(undo(now=UNTIL)).refused(ChangeUnknown, "token")
    given(*AFTER).when(undo(change_id="~h2")).refused(ChangeUnknown, "token")
    for some in (("old",), ("new",), (), ("old", "other")):
        given(*AFTER).when(undo(contacts=some)).refused(ContactIsOther)
    given(*AFTER).when(undo(by=MALLORY)).refused(NotYours, "account_id")
    given().when(undo()).refused(AccountUnknown, "account_id")
    restored = ContactRestored(contact="old", contact_id="~c1", account_id="~anna")
    free = ContactReleased(contact="new", contact_id="~c2", account_id="~anna", held_until=NOW)
    given(*AFTER, UNDONE, restored, free).when(undo()).refused(ChangeUnknown, "token")
