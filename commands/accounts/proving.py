"""Passwords as accounts use them: judged, hashed, checked; busy is told, not waited for."""

from commands.accounts.addresses import Address
from commands.accounts.refusals import PasswordsBusy, PasswordWeak
from commands.outside.breached.lists import Breached
from commands.records.passwords.hashing import Busy, Checked, Passwords


async def strong(hashing: Passwords, breached: Breached, password: str, address: Address) -> None:
    """Raises `PasswordWeak` or `PasswordsBusy`."""
    local, _, domain = address.same.partition("@")
    words = (address.same, local, *local.replace("+", ".").split("."), domain.partition(".")[0])
    words = tuple(word for word in words if word)
    try:
        why = await hashing.weakness(password, words)
    except Busy as error:
        raise PasswordsBusy from error
    if why is not None:
        raise PasswordWeak(f"The password {why}.", field="password")
    if await breached.has(password):
        raise PasswordWeak("The password stands in a list of stolen ones.", field="password")


async def hashed(hashing: Passwords, password: str) -> str:
    """Raises `PasswordsBusy`."""
    try:
        return await hashing.hash(password)
    except Busy as error:
        raise PasswordsBusy from error


async def checked(hashing: Passwords, password: str, kept: str | None) -> Checked:
    """As long with a hash as without one. Raises `PasswordsBusy`."""
    try:
        return await hashing.check(password, kept)
    except Busy as error:
        raise PasswordsBusy from error
