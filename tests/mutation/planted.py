"""A mutant put into the running process: no file changes, and whoever holds the function has it."""

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

from tests.mutation.mutants import ROOT, Mutant, mutated


def plant(mutant: Mutant) -> None:
    module = sys.modules[mutant.file.removesuffix(".py").replace("/", ".")]
    compiled = compile(mutated(mutant), str(ROOT / mutant.file), "exec")
    if mutant.function.isupper():
        _constant(module, mutant.function, compiled)
        return
    code = next(code for code in _within(compiled) if code.co_qualname == mutant.function)
    _function(module, mutant.function).__code__ = code


def _within(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _within(constant)


def _function(module: ModuleType, name: str) -> FunctionType:
    found: object = module
    for part in name.split("."):
        found = vars(found)[part]
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    assert isinstance(found, FunctionType), found
    return found


def _constant(module: ModuleType, name: str, compiled: CodeType) -> None:
    """Under its name wherever the rules have it."""
    fresh: dict[str, object] = {"__name__": module.__name__}
    exec(compiled, fresh)
    old = vars(module)[name]
    for other in list(sys.modules.values()):
        ours = getattr(other, "__name__", "").startswith("commands.")
        if ours and vars(other).get(name) is old:
            setattr(other, name, fresh[name])
