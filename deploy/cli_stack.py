"""up, down, logs, serve and the other long-running parts, migrate."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from deploy.cli_common import Failed, Subparsers, settings
from deploy.embedded.ports import HOST
from deploy.migrate import MigrationChanged, migrate
from deploy.parts import PARTS, run
from deploy.stack import Stack, StackFailed
from deploy.stack_state import StackFolder, is_alive
from deploy.supervisor import PartFailed

UP_WITHIN_S = 180.0
DOWN_WITHIN_S = 90.0
DAY_S = 86_400


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    up = commands.add_parser("up", parents=[common], help="start the whole stack")
    up.add_argument("--demo", action="store_true", help="play a marketplace day when it is up")
    up.add_argument("--detach", action="store_true", help="leave it running in the background")
    up.add_argument("--port", type=int, metavar="N", help="the gateway's port (MARKET_PORT; 8080)")
    up.add_argument("--exit", action="store_true", help="stop again after starting (and the demo)")
    up.set_defaults(run=run_up)
    down = commands.add_parser("down", parents=[common], help="stop the stack of a data folder")
    down.set_defaults(run=run_down)
    logs = commands.add_parser("logs", parents=[common], help="print a part's log")
    logs.add_argument("part", help="a part's name, as 'status' shows it")
    logs.add_argument("--lines", type=int, default=50, metavar="N", help="the last N (50)")
    logs.add_argument("--follow", "-f", action="store_true", help="go on as it grows")
    logs.set_defaults(run=run_logs)
    server = commands.add_parser("serve", parents=[common], help="run an API or the gateway")
    sides = [part.command[1] for part in PARTS if part.command[0] == "serve"]
    server.add_argument("side", choices=sides)
    server.set_defaults(run=run_own)
    for part in PARTS:
        # `project` has actions besides.
        if part.command[0] not in {"serve", "project"}:
            own = commands.add_parser(part.command[0], parents=[common], help=f"run {part.about}")
            own.set_defaults(run=run_own)
    applied = commands.add_parser("migrate", parents=[common], help="bring the schema up to date")
    applied.set_defaults(run=run_migrate)


def say(line: str) -> None:
    print(line, flush=True)


def run_up(chosen: argparse.Namespace) -> int:
    if chosen.port is not None and not 1 <= chosen.port <= 65_535:  # noqa: PLR2004
        raise Failed("--port must be from 1 to 65535")
    if chosen.detach:
        return _detach(chosen)
    try:
        stack = Stack(chosen.data, chosen.port, os.environ, say)
        stack.lock()
    except StackFailed as error:
        raise Failed(str(error)) from error
    return asyncio.run(_up(stack, chosen))


async def _up(stack: Stack, chosen: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    running = asyncio.create_task(_run(stack, chosen, stopping))
    ended = asyncio.create_task(stopping.wait())
    code = 0
    try:
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    except (PartFailed, StackFailed, MigrationChanged) as error:
        print(f"market: {error}", file=sys.stderr)
        code = 1
    finally:
        running.cancel()
        ended.cancel()
        await asyncio.gather(running, ended, return_exceptions=True)
        say("Stopping")
        await stack.stop()
        say("Stopped")
    return code


async def _run(stack: Stack, chosen: argparse.Namespace, stopping: asyncio.Event) -> None:
    """Start, then keep every part up until told to stop, or until the demo has been played."""
    started = time.monotonic()
    await stack.start()
    watching = asyncio.create_task(stack.supervisor.watch(stopping))
    try:
        base = f"http://{HOST}:{stack.settings.port}"
        say(f"Up in {time.monotonic() - started:.1f} s")
        if chosen.demo:
            # What it is played with need not stay in memory of who only watches.
            from deploy.demo import play_demo  # noqa: PLC0415

            await play_demo(stack.settings, base, say)
        say(_urls(base, chosen.data))
        if not chosen.exit:
            say("Running until Ctrl-C.")
            await watching
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _urls(base: str, data: Path) -> str:
    return (
        f"\n  gateway           {base}\n"
        f"  write API docs    {base}/schema/write/swagger\n"
        f"  read API docs     {base}/schema/read/swagger\n"
        f"  a token           ./deploy/market token --role operator --subject me --data {data}\n"
    )


def _detach(chosen: argparse.Namespace) -> int:
    folder = StackFolder(chosen.data)
    folder.create()
    command = [sys.executable, "-m", "deploy.cli", "up", "--data", str(chosen.data)]
    if chosen.port:
        command += ["--port", str(chosen.port)]
    if chosen.demo:
        command.append("--demo")
    log = folder.logs / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline:
        text = log.read_text()
        if "Running until" in text:
            stop = f"Running. Stop it with: ./deploy/market down --data {chosen.data}"
            say(text.replace("Running until Ctrl-C.", stop))
            return 0
        if process.poll() is not None:
            why = text.strip().removeprefix("market: ")
            raise Failed(why or "The stack did not start.")
        time.sleep(0.1)
    raise Failed(f"The stack is not up after {UP_WITHIN_S:.0f} s. Its log is {log}.")


def run_down(chosen: argparse.Namespace) -> int:
    """In every state: starting, restarting its parts, or left behind by who watched them."""
    folder = StackFolder(chosen.data)
    state = folder.state()
    if state is None:
        say(f"Nothing runs in {chosen.data}.")
        return 0
    if folder.is_watched() and is_alive(state.pid):
        os.kill(state.pid, signal.SIGTERM)
        deadline = time.monotonic() + DOWN_WITHIN_S
        while folder.is_watched() and time.monotonic() < deadline:
            time.sleep(0.1)
    left = folder.end_leftovers()
    say(f"Stopped{', with leftovers: ' + ', '.join(left) if left else '.'}")
    return 0


def run_logs(chosen: argparse.Namespace) -> int:
    folder = StackFolder(chosen.data)
    file = folder.logs / f"{chosen.part}.log"
    if not file.exists():
        known = sorted(log.stem for log in folder.logs.glob("*.log"))
        raise Failed(f"There is no log of {chosen.part!r}. There are: {', '.join(known) or 'none'}")
    with file.open(errors="replace") as log:
        for line in log.readlines()[-chosen.lines :]:
            print(line, end="")
        while chosen.follow:
            line = log.readline()
            if line:
                print(line, end="", flush=True)
            else:
                time.sleep(0.2)
    return 0


def run_own(chosen: argparse.Namespace) -> int:
    """One of our own parts, by the words that name it."""
    side = getattr(chosen, "side", None)
    words = (chosen.command, side) if side else (chosen.command,)
    part = next(part for part in PARTS if part.command == words)
    run(part, settings(chosen.data))
    return 0


def run_migrate(chosen: argparse.Namespace) -> int:
    try:
        applied = migrate(settings(chosen.data).database_url, say)
    except MigrationChanged as error:
        raise Failed(str(error)) from error
    except psycopg.OperationalError as error:
        raise Failed(f"The database does not answer: {error}") from error
    say(f"{applied} applied; the schema is up to date.")
    return 0
