"""``python -m tests.bench [--only AREA,…] [--release 0.24] [--quick]``: measure, print, write ``var/bench.json``."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import quiet, report
from tests.bench.app import App, Upstream
from tests.bench.areas import pages, streams, twenty_thousand, uploads, watchers, weight
from tests.bench.processes import ROOT, Children
from tests.support.browser import chromium

AREAS = ("pages", "large", "weight", "watchers", "uploads", "streams")


def main() -> int:
    chosen = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    figures: list[report.Figure] = []
    failed = False
    by_others, before = quiet.others(), quiet.Ticks.now()
    with tempfile.TemporaryDirectory(prefix="ragflow-admin-bench-") as scratch, Children() as children:
        upstream = Upstream(children, Path(scratch, "upstream.log"), chosen.release)
        app = App(children, Path(scratch), upstream.port)
        for area in chosen.only:
            started = time.monotonic()
            try:
                figures += run(area, app, upstream, children, quick=chosen.quick)
            except RuntimeError as error:
                figures.append(report.Figure(area, "not measured", float("nan"), limit=0, note=str(error)))
                print(f"{area}: {error}\n{app.log.read_text()[-1500:]}", file=sys.stderr)
                failed = True
            print(f"{area}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        for call in upstream.unknown():
            print(f"The scripted upstream has no answer for {call}.", file=sys.stderr)
            failed = True
        if chosen.keep_log:
            chosen.keep_log.write_bytes(app.log.read_bytes())
    _, stolen = quiet.Ticks.now().since(before)
    print(report.table(figures))
    doubt = quiet.complaint(by_others, stolen)
    if doubt:
        print(f"\n{doubt}")
    conditions = {
        "release": chosen.release,
        "quick": chosen.quick,
        "only": chosen.only,
        "used by others": by_others,
        "stolen": stolen,
    }
    report.write(chosen.output, figures, conditions)
    print(f"\nWritten to {chosen.output}.")
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures the product.")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(AREAS), help=", ".join(AREAS))
    parser.add_argument("--release", choices=("0.27", "0.24"), default="0.27", help="the RAGFlow upstream (0.27)")
    parser.add_argument("--quick", action="store_true", help="a short run that shows whether it works, not how fast")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "bench.json")
    parser.add_argument("--keep-log", type=Path, help="keep what the product printed")
    chosen = parser.parse_args()
    unknown = set(chosen.only) - set(AREAS)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))} is not one of {', '.join(AREAS)}.")
    return chosen


def run(area: str, app: App, upstream: Upstream, children: Children, *, quick: bool) -> Iterator[report.Figure]:
    if area == "streams":
        yield from streams.measure(app, upstream, children, quick=quick)
    elif area == "weight" and not chromium.find():
        raise RuntimeError("no Chromium here")
    else:
        measure = {
            "pages": pages.measure,
            "large": twenty_thousand.measure,
            "uploads": uploads.measure,
            "watchers": watchers.measure,
            "weight": weight.measure,
        }[area]
        yield from measure(app, upstream, quick=quick)


if __name__ == "__main__":
    sys.exit(main())
