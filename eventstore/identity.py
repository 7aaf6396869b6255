"""Who calls, and what a route asks for: the words that both APIs and the log's actors share."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args

import msgspec

type StaffRole = Literal["operator", "auditor", "analyst", "moderator", "superadmin"]
type Role = Literal[
    "buyer", "seller", "operator", "auditor", "analyst", "moderator", "superadmin", "system"
]
type Member = Literal["owner", "manager", "warehouse", "accountant"]
type Surface = Literal["buyer", "seller", "staff"]

# `system` is what our own processes act as: no token names it.
ROLES: tuple[Role, ...] = get_args(Role.__value__)
MEMBERS: tuple[Member, ...] = get_args(Member.__value__)
STAFF: tuple[StaffRole, ...] = get_args(StaffRole.__value__)


class Permission(msgspec.Struct, frozen=True, gc=False):
    """What a route declares that its caller must hold, such as `orders:place`, and who holds it.

    Of a seller's people only `members` hold it, all of them if none are named.
    """

    name: str
    roles: frozenset[Role]
    members: frozenset[Member] = frozenset()

    @property
    def anybody(self) -> bool:
        """Whether no token is asked for."""
        return not self.roles


def permission(name: str, role: Role, *more: Role, members: Iterable[Member] = ()) -> Permission:
    """At least one role holds it: what nobody must hold is `PUBLIC`, and said so."""
    return Permission(name, frozenset((role, *more)), frozenset(members))


PUBLIC = Permission("public", frozenset())


class Identity(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who a token speaks for.

    `subject` is a buyer's or seller's id or an operator's name: what events name as their actor;
    `account` is the person's, `member` their part with the seller that they act for.
    `factor_at` is when a second factor was last shown, `permissions` all that a key was given.
    """

    subject: str
    roles: tuple[Role, ...]
    account: str = ""
    session: str = ""
    device: str = ""
    factor_at: datetime | None = None
    surface: Surface | None = None
    member: Member | None = None
    permissions: frozenset[str] | None = None

    @property
    def role(self) -> Role:
        """The role that is acted in."""
        return self.roles[0]

    def acting(self, asked: Permission) -> "Identity":
        """In the first of their roles that holds it, which the log names."""
        if self.role in asked.roles:
            return self
        roles = sorted(self.roles, key=lambda role: role not in asked.roles)
        return msgspec.structs.replace(self, roles=tuple(roles))

    def may(self, asked: Permission) -> bool:
        if self.permissions is not None and asked.name not in self.permissions:
            return False
        if self.member and asked.members and self.member not in asked.members:
            return False
        return not asked.roles.isdisjoint(self.roles)

    def __str__(self) -> str:
        return f"{self.role}:{self.subject}"


def included(roles: Iterable[StaffRole]) -> tuple[StaffRole, ...]:
    """These, and what they include: a superadmin is everything that staff can be."""
    held = set(roles)
    return tuple(role for role in STAFF if role in held or "superadmin" in held)


def is_staff(role: Role) -> bool:
    """Whether who acts in it is answerable to the marketplace."""
    return role in STAFF


def named(roles: Iterable[Role]) -> str:
    """For people: in the order in which the roles are listed."""
    wanted = set(roles)
    return ", ".join(role for role in ROLES if role in wanted)
