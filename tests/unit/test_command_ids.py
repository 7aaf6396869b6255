"""Command ids: what makes a command happen once belongs to one caller only."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands.processes
from commands.command import Actor, Role
from commands.idempotency import client_command_id
from commands.outside.adapters import ADAPTERS
from commands.process_managers import PROCESSES
from write_api.bodies import KNOWN_ID_PATTERN
from write_api.caller import KEY

NAME = re.compile(r"[a-z][a-z-]*")
CALLERS = st.tuples(
    st.sampled_from(["buyer", "operator", "seller"]),
    st.from_regex(KNOWN_ID_PATTERN) | st.sampled_from(["a", "a:b", "a.b"]),
    st.from_regex(KEY, fullmatch=True) | st.sampled_from(["a/b", "b/c", "c", "/", "b:/c"]),
)

type Caller = tuple[str, str, str]


def id_of(caller: Caller) -> str:
    role, subject, key = caller
    return client_command_id(Actor(cast(Role, role), subject), key)


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(one=CALLERS, other=CALLERS)
def test_two_callers_never_share_an_id(one: Caller, other: Caller) -> None:
    assert (id_of(one) == id_of(other)) == (one == other)
    assert ":" in id_of(one).partition("/")[0]


def test_a_subject_with_a_slash_gets_no_id() -> None:
    with pytest.raises(ValueError, match="slash"):
        client_command_id(Actor("buyer", "a/b"), "c")


def test_an_id_is_what_it_was_so_that_old_commands_are_replayed() -> None:
    assert client_command_id(Actor("buyer", "bob"), "k/1") == "buyer:bob/k/1"


def process_names() -> Iterator[str]:
    for module in pkgutil.iter_modules(commands.processes.__path__):
        found = importlib.import_module(f"commands.processes.{module.name}")
        for value in vars(found).values():
            name = getattr(value, "name", None)
            if isinstance(value, type) and isinstance(name, str):
                yield name


def test_no_process_and_no_provider_is_named_like_a_client() -> None:
    """Their ids begin with their name and a slash, a client's with a role and a colon."""
    names = {*process_names(), *(one.name for one in ADAPTERS)}
    assert {"sandbox", "cancel-unpaid-order"} < names
    assert {process.name for process in PROCESSES} == set(process_names())
    for name in names:
        assert NAME.fullmatch(name), name


def test_no_two_providers_share_a_name_whatever_their_ports() -> None:
    """Deliveries come in under the provider's name alone."""
    names = [adapter.name for adapter in ADAPTERS]
    assert len(set(names)) == len(names)
