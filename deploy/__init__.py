"""What runs, and how: the stack, its parts, the command line."""

import sys

# httpx loads its own command line where rich is installed: 4 MB and 30 ms for each of our
# processes, none of which is it. What is None here cannot be imported, and httpx goes on without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
