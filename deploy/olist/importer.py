"""Imports Olist's orders through the public HTTP API, resumable and repeatable."""

import argparse
import asyncio
import csv
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop

from deploy.client import MarketClient, NotReached, RequestRefused, until
from deploy.embedded.ports import HOST
from deploy.http.tokens import issue
from deploy.olist.progress import Progress
from deploy.olist.rows import CURRENCY, Olist, OrderRow, RowsInvalid, read
from deploy.olist.steps import CANCELLED, Plan, Steps, plan
from deploy.settings import Settings
from deploy.stack_state import StackFolder
from deploy.wiring import clock

TOKEN_LIFETIME_S = 6 * 3600


class ImportFailed(Exception):
    """The message says what went wrong and that a second run goes on from there."""


def run_import(chosen: argparse.Namespace, settings: Settings) -> int:
    try:
        olist = read(chosen.folder)
    except RowsInvalid as error:
        raise ImportFailed(str(error)) from error
    made = plan(olist)
    rejects = chosen.rejects or settings.data / "olist-rejects.csv"
    write_rejects(rejects, made.rejected)
    base = chosen.url or f"http://{HOST}:{settings.port}"
    try:
        summary = uvloop.run(_import(settings, base, olist, made, chosen.concurrency))
    except (RequestRefused, NotReached) as error:
        raise ImportFailed(
            f"{error}\nRun the import again: it goes on where it stopped."
        ) from error
    summary["rejects_file"] = str(rejects)
    summary["memory_peak_mb"] = memory_peaks(settings.data)
    if chosen.json:
        print(json.dumps(summary))
    else:
        _print(summary)
    return 0


def write_rejects(file: Path, rejected: Iterable[tuple[OrderRow, str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(["order_id", "order_status", "reason"])
        writer.writerows((order.order_id, order.status, reason) for order, reason in rejected)


async def _import(
    settings: Settings, base: str, olist: Olist, made: Plan, concurrency: int
) -> dict[str, Any]:
    private_key = settings.private_key_file.read_text()
    token = issue(private_key, "operator", "olist-import", clock(), TOKEN_LIFETIME_S)
    client = MarketClient(base, concurrency)
    started = time.monotonic()
    try:
        steps = Steps(client, token, olist, made)
        pool = Pool(concurrency)
        await pool.run("sellers", olist.sellers, steps.seller)
        await pool.run("listings", made.listings, steps.listing)
        await _orders(pool, steps, made)
        await _refunds(pool, client, token, made)
        last = _last_sale(made)
        await pool.run("payouts", last, lambda seller_id: steps.pay_out(seller_id, last[seller_id]))
        money = await summarise(client, token)
    finally:
        await client.close()
    seconds = time.monotonic() - started
    return {
        "accepted": len(made.orders),
        "rejected": dict(Counter(reason for _, reason in made.rejected)),
        "ignored_payments": olist.zero_payments,
        **money,
        "seconds": round(seconds, 1),
        "requests": client.requests,
        "requests_per_s": round(client.requests / seconds, 1),
        "replayed": client.replayed,
    }


class Pool:
    """Runs work over items, so many at a time; the first failure ends it."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency

    async def run[T](
        self, what: str, items: Iterable[T], work: Callable[[T], Awaitable[None]]
    ) -> None:
        waiting = list(items)
        progress = Progress(len(waiting), what)
        source = iter(waiting)

        async def worker() -> None:
            for item in source:
                await work(item)
                progress.add()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(worker())
        except* (RequestRefused, NotReached) as failures:
            raise failures.exceptions[0] from None


async def _orders(pool: Pool, steps: Steps, made: Plan) -> None:
    """Orders of one listing are placed one after the other: each at its own price."""
    turns: dict[str, list[asyncio.Event]] = {}
    last: dict[str, asyncio.Event] = {}
    placed: dict[str, asyncio.Event] = {}
    for order in made.orders:
        listings = {item.listing_id for item in order.items}
        turns[order.order_id] = [last[listing] for listing in listings if listing in last]
        placed[order.order_id] = asyncio.Event()
        last |= dict.fromkeys(listings, placed[order.order_id])

    async def one(order: OrderRow) -> None:
        for turn in turns[order.order_id]:
            await turn.wait()
        await steps.place(order)
        placed[order.order_id].set()
        await steps.pay(order)
        await steps.fulfil(order)

    await pool.run("orders", made.orders, one)


async def _refunds(pool: Pool, client: MarketClient, token: str, made: Plan) -> None:
    """Cancelled orders are refunded by a process: wait until each has been."""
    position = client.position
    cancelled = [order for order in made.orders if order.status in CANCELLED and order.payments]

    async def one(order: OrderRow) -> None:
        path = f"/v1/orders/{order.order_id}"
        await until(
            f"the refund of order {order.order_id}",
            lambda: client.get(path, token, after=position),
            lambda view: view["refunds"] and all(r["status"] == "settled" for r in view["refunds"]),
            within_s=120,
        )

    await pool.run("refunds", cancelled, one)


def _last_sale(made: Plan) -> dict[str, datetime]:
    """Sellers with something delivered, and when the last of it was."""
    last: dict[str, datetime] = {}
    for order in made.orders:
        if order.status == "delivered":
            for item in order.items:
                at = last.get(item.seller_id, order.delivered_at)
                last[item.seller_id] = max(at, order.delivered_at)
    return last


async def summarise(client: MarketClient, token: str) -> dict[str, int]:
    """What moved through the books, in minor units, as the read API tells it."""
    movements = await client.get("/v1/ledger/movements", token, after=client.position)
    moved: dict[tuple[str, str], int] = {
        (row["name"].rpartition(".")[0], row["account_group"]): row["amount_minor"]
        for row in movements["movements"]
        if row["currency"] == CURRENCY
    }

    def total(group: str, *names: str) -> int:
        return sum(moved.get((name, group), 0) for name in names)

    return {
        "position": movements["position"],
        "captured": -total("psp_clearing", "escrow.funds_held", "order.payment_difference_booked"),
        "refunded": total("psp_clearing", "refund.leg_settled"),
        "held": sum(amount for (_, group), amount in moved.items() if group == "escrow"),
        "released": -total("escrow", "escrow.funds_released"),
        "commission": sum(
            amount for (_, group), amount in moved.items() if group == "commission_income"
        ),
        "paid_out": total("psp_clearing", "payout.settled", "payout.bounced"),
    }


def memory_peaks(data: Path) -> dict[str, int]:
    """Peak resident memory of the stack's processes on this machine, in MB."""
    state = StackFolder(data).state()
    peaks: dict[str, int] = {}
    for name, part in (state.parts if state else {}).items():
        try:
            status = Path(f"/proc/{part.pid}/status").read_text()
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peaks[name] = int(line.split()[1]) // 1024
    return peaks


def _print(summary: dict[str, Any]) -> None:
    for name, value in summary.items():
        print(f"{name:<18} {value}")
