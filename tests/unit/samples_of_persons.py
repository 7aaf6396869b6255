"""One event of every type that is about persons and what they may do."""

from datetime import UTC, datetime

from eventstore.events import (
    account,
    api_key,
    attempt,
    contact,
    identity,
    membership,
    notice,
    restriction,
    seller,
    seller_verification,
    session,
)
from eventstore.events.base import Event

AT = datetime(2026, 3, 1, 9, 30, 15, 250_000, tzinfo=UTC)

OF_PERSONS: list[Event] = [
    account.AccountRegistered(account_id="~a1", contact_id="~c1", channel="email"),
    account.PasswordReset(account_id="~a1", contact_id="~c1"),
    account.PasswordChanged(account_id="~a1"),
    account.ContactChanged(
        account_id="~a1",
        change_id="~h1",
        contact_id="~c2",
        channel="email",
        before="~c1",
        undo_until=AT,
    ),
    account.ContactChangeUndone(account_id="~a1", change_id="~h1", contacts={"email": "~c1"}),
    account.RecoveryBegun(account_id="~a1", recovery_id="~r1", due_at=AT),
    account.RecoveryApproved(account_id="~a1", recovery_id="~r1", approver="~a2", before=()),
    account.RecoveryCancelled(account_id="~a1", recovery_id="~r1"),
    account.Recovered(account_id="~a1", recovery_id="~r1"),
    account.FactorAdded(account_id="~a1", factor_id="~f1", kind="totp"),
    account.FactorRemoved(account_id="~a1", factor_id="~f1"),
    account.RoleGranted(
        account_id="~a1",
        role="moderator",
        before=("operator",),
        roles=("operator", "moderator"),
        reason="joins",
    ),
    account.RoleRevoked(
        account_id="~a1",
        role="moderator",
        before=("operator", "moderator"),
        roles=("operator",),
        reason="leaves",
    ),
    api_key.ApiKeyIssued(
        key_id="~k1",
        seller_id="s1",
        account_id="~a1",
        permissions=("orders:read",),
        expires_at=AT,
        replaces=None,
    ),
    api_key.ApiKeyReplaced(
        key_id="~k1", seller_id="s1", account_id="~a1", replaced_by="~k2", until=AT
    ),
    attempt.AttemptRefused(
        attempt_id="~t1",
        route="POST /v1/sellers/{seller_id}/suspend",
        path="/v1/sellers/s1/suspend",
        status=409,
        code="seller-suspended",
    ),
    contact.ContactClaimed(contact="0a1b2c", contact_id="~c1", account_id="~a1", channel="email"),
    contact.ContactReleased(contact="0a1b2c", contact_id="~c1", account_id="~a1", held_until=AT),
    contact.ContactRestored(contact="0a1b2c", contact_id="~c1", account_id="~a1"),
    identity.IdentityLinked(
        identity="0a1b2c", identity_id="~i1", account_id="~a1", provider="google"
    ),
    identity.IdentityUnlinked(identity="0a1b2c", identity_id="~i1", account_id="~a1"),
    seller_verification.SellerDetailsSubmitted(
        seller_id="s1", details_id="~d1", check_id="~k1", kind="sole_trader", provider="dadata"
    ),
    seller_verification.SellerCheckRequested(
        seller_id="s1", details_id="~d1", check_id="~k1", kind="sole_trader", provider="dadata"
    ),
    seller_verification.SellerChecked(
        seller_id="s1",
        details_id="~d1",
        check_id="~k1",
        found="active",
        reason="",
        evidence="ab12",
    ),
    seller.SellerVerified(seller_id="s1"),
    seller.SellerUnverified(seller_id="s1", reason="liquidated"),
    session.SessionStarted(
        session_id="~s1",
        account_id="~a1",
        surface="seller",
        seller_id="s1",
        device_id="~d1",
        method="password+code",
        address="~sealed.1.k1.AAAA",
    ),
    session.SessionEnded(session_id="~s1", account_id="~a1", reason="signed_out"),
    restriction.RestrictionImposed(
        kind="account",
        target_id="~a1",
        number=1,
        reason="fraud",
        text="~sealed.1.k1.AAAA",
        evidence=("o1",),
        until=AT,
    ),
    restriction.RestrictionLifted(
        kind="account", target_id="~a1", number=1, by_time=False, text="~sealed.1.k1.AAAA"
    ),
    notice.NoticeRequested(
        notice_id="~n1.1",
        contact_id="~c1",
        channel="email",
        provider="smtp",
        template="sign_in_code",
        expires_at=AT,
    ),
    notice.NoticeSent(notice_id="~n1.1", reference="<~n1.1@market.invalid>"),
    notice.NoticeRefused(notice_id="~n1.1", reason="smtp-550"),
    membership.MemberJoined(seller_id="s1", account_id="~a1", member="manager", before=None),
    membership.MemberInvited(
        seller_id="s1", invitation_id="~i1", contact_id="~c1", member="manager"
    ),
    membership.MemberLeft(seller_id="s1", account_id="~a1", before="manager"),
    seller.SellerBlocked(seller_id="s1"),
    seller.SellerUnblocked(seller_id="s1"),
]
