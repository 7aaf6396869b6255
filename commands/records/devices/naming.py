"""What a device is called until its owner calls it something else."""

from functools import lru_cache

AGENT_MAX = 400
UNKNOWN = "A device"


@lru_cache(1024)
def named(agent: str) -> str:
    """Such as `Firefox on Android`, by what its program calls itself."""
    if not agent:
        return UNKNOWN
    # Its tables take a while to load, and are needed where somebody signs in only.
    from ua_parser import parse  # noqa: PLC0415

    found = parse(agent[:AGENT_MAX])
    program = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return " on ".join(part for part in (program, system) if part) or UNKNOWN
