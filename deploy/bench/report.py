"""One self-contained page with charts of all results."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import chain
from typing import cast

from deploy.bench.result import Bar, Result

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1d2433 }
h1 { font-size: 1.5rem }
h2 { font-size: 1.15rem; margin-top: 2.2rem; border-top: 1px solid #d8dce6; padding-top: 1rem }
table { border-collapse: collapse; margin: .6rem 0 }
td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums }
.met { color: #11703b } .missed { color: #b3261e; font-weight: 600 } .quiet { color: #667085 }
svg text { font: 12px system-ui }
"""
WIDTH, BAR_HEIGHT, LABEL, ROOM = 640, 22, 110, 110
OURS, FLOOR = "#2f6fde", "#b8c4d9"


def page(results: Sequence[Result]) -> str:
    """HTML that needs nothing but itself."""
    bars = list(chain.from_iterable(result.bars for result in results))
    met = sum(bar.met for bar in bars)
    body = "".join(_result(result) for result in results)
    where = results[0].environment if results else {}
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>Benchmarks</title><style>{STYLE}</style><h1>Benchmarks</h1>"
        f"<p>{met} of {len(bars)} bars met. Ours and its floor ran in turns; medians of the rounds."
        f"</p>{_overview(results)}{body}<h2>Environment</h2>{_pairs(where)}</html>\n"
    )


def _overview(results: Sequence[Result]) -> str:
    rows = [
        f"<tr><td><a href='#{result.name}'>{result.name}</a><td class=n>{result.ours:,.0f}"
        f"<td>{escape(result.unit)}<td class=n>{_number(result.ratio)}"
        f"<td>{' '.join(_verdict(bar) for bar in result.bars)}"
        for result in results
    ]
    head = "<tr><th>benchmark<th>ours<th><th>ratio<th>bars"
    return f"<table>{head}{''.join(rows)}</table>"


def _verdict(bar: Bar) -> str:
    return "<span class=met>met</span>" if bar.met else "<span class=missed>missed</span>"


def _result(result: Result) -> str:
    title = f"<h2 id='{result.name}'>{result.name}</h2>"
    return title + _rates(result) + _bars(result.bars) + _tables(result)


def _rates(result: Result) -> str:
    """A bar for every round of ours and of its floor."""
    drawn: list[tuple[str, float, str]] = []
    for number, (ours, floor) in enumerate(result.rounds, start=1):
        drawn.append((f"ours {number}", ours.per_s, OURS))
        if floor is not None:
            drawn.append((f"floor {number}", floor.per_s, FLOOR))
    most = max((value for _, value, _ in drawn), default=0) or 1
    parts = [
        f"<text x=0 y={y + 15}>{label}</text>"
        f"<rect x={LABEL} y={y} height={BAR_HEIGHT - 5} rx=2 fill='{colour}'"
        f" width={max(value / most * (WIDTH - LABEL - ROOM), 1):.1f} />"
        f"<text x={LABEL + value / most * (WIDTH - LABEL - ROOM) + 6:.1f} y={y + 15}>{value:,.0f}"
        "</text>"
        for y, (label, value, colour) in zip(
            range(0, len(drawn) * BAR_HEIGHT, BAR_HEIGHT), drawn, strict=True
        )
    ]
    height = len(drawn) * BAR_HEIGHT
    spread = result.ratio_spread
    ratio = f"; ratio {result.ratio} ({spread[0]} to {spread[1]})" if spread else ""
    return (
        f"<svg viewBox='0 0 {WIDTH} {height}' width={WIDTH} height={height} role=img>"
        f"{''.join(parts)}</svg><p class=quiet>{escape(result.unit)}{ratio}</p>"
    )


def _bars(bars: Iterable[Bar]) -> str:
    rows = [
        f"<tr><td>{escape(bar.what)}<td class=n>{bar.seen:g}"
        f"<td class=quiet>{'at most' if bar.at_most else 'at least'} {bar.wanted:g}"
        f"<td>{_verdict(bar)}"
        for bar in bars
    ]
    return f"<table>{''.join(rows)}</table>"


def _tables(result: Result) -> str:
    tables: dict[str, Mapping[str, object]] = {
        "latency, ms": result.latency_ms,
        "floor's latency, ms": result.floor_latency_ms,
        "CPU, microseconds an operation": result.cpu_us,
        "memory, MB": result.rss_mb,
        "details": result.details,
    }
    return "".join(
        f"<p class=quiet>{title}</p>{_pairs(values)}" for title, values in tables.items() if values
    )


def _pairs(values: Mapping[str, object]) -> str:
    rows = [f"<tr><td>{escape(str(key))}<td>{_shown(value)}" for key, value in values.items()]
    return f"<table>{''.join(rows)}</table>"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return _pairs(cast("Mapping[str, object]", value))
    return escape(f"{value:,}" if isinstance(value, int | float) else str(value))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
