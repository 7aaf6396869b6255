"""Runs one of our own parts, with the settings in the environment: `python -m deploy.parts NAME`.

The command line does the same by name; this loads what the part needs and nothing else.
"""

import os
import sys

from deploy.parts import PARTS, run
from deploy.settings import SettingsInvalid, from_environment


def main(name: str) -> int:
    part = next((one for one in PARTS if one.name == name), None)
    if part is None:
        print(f"There is no part {name!r}.", file=sys.stderr)
        return 2
    try:
        settings = from_environment(os.environ)
    except SettingsInvalid as error:
        print("The settings do not do:", *error.faults, sep="\n  ", file=sys.stderr)
        return 1
    run(part, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
