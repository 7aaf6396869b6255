"""Mutants that no test can kill, because they decide the same. Each says why."""

from typing import NamedTuple

from tests.mutation.mutants import Mutant


class Equivalent(NamedTuple):
    file: str
    function: str
    mutation: str
    reason: str

    def is_it(self, mutant: Mutant) -> bool:
        said = f"{mutant.before} -> {mutant.after}"
        return (self.file, self.function, self.mutation) == (mutant.file, mutant.function, said)


EQUIVALENT: tuple[Equivalent, ...] = ()
