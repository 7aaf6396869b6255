"""Identities at providers: linked and unlinked by their account, each to one."""

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.account.messages import NewIdentity, RegisterAccount
from commands.streams.account.refusals import AccountUnknown
from commands.streams.identity.messages import LinkIdentity, UnlinkIdentity
from commands.streams.identity.refusals import IdentityIsLinked, IdentityTaken, IdentityUnknown
from eventstore.events.account import AccountRegistered
from eventstore.events.contact import ContactClaimed
from eventstore.events.identity import IdentityLinked, IdentityUnlinked
from tests.given import at, given

ANNA = Actor("buyer", "~anna")
MALLORY = Actor("buyer", "~mallory")
REGISTERED = AccountRegistered(account_id="~anna", contact_id="~c1", channel="email")
CLAIMED = ContactClaimed(contact="a1", contact_id="~c1", account_id="~anna", channel="email")
OTHERS = AccountRegistered(account_id="~mallory", contact_id="~c2", channel="email")
LINKED = IdentityLinked(identity="i1", identity_id="~i1", account_id="~anna", provider="google")
UNLINKED = IdentityUnlinked(identity="i1", identity_id="~i1", account_id="~anna")


def link(account_id: str = "~anna", identity_id: str = "~i1", by: Actor = ANNA) -> LinkIdentity:
    return LinkIdentity(
        account_id=account_id,
        identity="i1",
        identity_id=identity_id,
        provider="google",
        **at(by),
    )


def unlink(account_id: str = "~anna", by: Actor = ANNA) -> UnlinkIdentity:
    return UnlinkIdentity(account_id=account_id, identity="i1", **at(by))


def register() -> RegisterAccount:
    return RegisterAccount(
        account_id="~anna",
        contact="a1",
        contact_id="~c1",
        channel="email",
        identity=NewIdentity(identity="i1", identity_id="~i1", provider="google"),
        **at(ANNA),
    )


def test_who_comes_by_an_identity_is_registered_with_it() -> None:
    given().when(register()).then(REGISTERED, CLAIMED, LINKED)


def test_nobody_is_registered_by_an_identity_that_is_another_s() -> None:
    taken = IdentityLinked(
        identity="i1", identity_id="~i9", account_id="~mallory", provider="google"
    )
    given(OTHERS, taken).when(register()).refused(IdentityTaken)


def test_an_identity_is_linked_to_one_account() -> None:
    given(REGISTERED).when(link()).then(LINKED)
    given(REGISTERED, LINKED).when(link(identity_id="~i2")).refused(IdentityIsLinked)
    given(REGISTERED, OTHERS, LINKED).when(link("~mallory", "~i2", MALLORY)).refused(IdentityTaken)


def test_it_is_free_when_it_was_unlinked() -> None:
    given(REGISTERED, LINKED).when(unlink()).then(UNLINKED)
    theirs = IdentityLinked(
        identity="i1", identity_id="~i2", account_id="~mallory", provider="google"
    )
    given(REGISTERED, OTHERS, LINKED, UNLINKED).when(link("~mallory", "~i2", MALLORY)).then(theirs)


def test_nobody_links_or_unlinks_for_somebody_else() -> None:
    given(REGISTERED).when(link(by=MALLORY)).refused(NotYours, "account_id")
    given(REGISTERED, LINKED).when(unlink(by=MALLORY)).refused(NotYours, "account_id")
    given(REGISTERED, OTHERS, LINKED).when(unlink("~mallory", MALLORY)).refused(
        IdentityUnknown, "identity_id"
    )


def test_there_must_be_an_account_and_an_identity() -> None:
    given().when(link()).refused(AccountUnknown, "account_id")
    given(REGISTERED).when(unlink()).refused(IdentityUnknown, "identity_id")
