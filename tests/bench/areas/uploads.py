"""Files on their way through, against ``curl`` straight to the upstream."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from tests.bench import memory
from tests.bench.app import App, Upstream
from tests.bench.load import rows
from tests.bench.report import Figure

GIGABYTE = 1024**3
SMALL = 500


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    upstream.play()
    folder = app.scratch / "files"
    folder.mkdir()
    big = folder / "big.txt"
    # just under RAGFlow's own limit of 1 GiB for a request
    size = GIGABYTE // 8 if quick else 1_000_000_000
    with big.open("wb") as file:
        block = b"The service interval of the main pump is twelve months.\n" * 18725
        while file.tell() < size:
            file.write(block[: size - file.tell()])
    yield from _compare(app, upstream, [big], "1 GB" if not quick else "128 MB", rounds=1 if quick else 2)
    big.unlink()
    small = [folder / f"note-{number:03}.txt" for number in range(50 if quick else SMALL)]
    for number, path in enumerate(small):
        path.write_text(f"Service note {number}. " * 200)
    yield from _compare(app, upstream, small, f"{len(small)} files of {small[0].stat().st_size // 1000} kB", rounds=2)


def _compare(app: App, upstream: Upstream, files: Sequence[Path], what: str, rounds: int) -> Iterator[Figure]:
    straight = [
        ["-F", f"file=@{path}", f"http://127.0.0.1:{upstream.port}/api/v1/datasets/{rows.DATASET}/documents"]
        for path in files
    ]
    through = [["-T", str(path), *_put(app, path)] for path in files]
    _curl(app.scratch, through[:1] if len(files) > 1 else straight)  # warm: page cache, connections
    upstream.received()
    direct_times, times, growth, disk = [], [], 0.0, 0.0
    for _ in range(rounds):
        direct_times.append(_curl(app.scratch, straight))
        before = sum(one["bytes"] for one in upstream.received() if one["method"] == "POST")
        with memory.Peak(app.web(), _folders(app), every=0.05) as held:
            times.append(_curl(app.scratch, through))
        after = sum(one["bytes"] for one in upstream.received() if one["method"] == "POST")
        if abs(after - before) > 1000 * len(files):
            raise RuntimeError(f"{before} bytes arrived straight, {after} through the product")
        growth, disk = max(growth, held.growth), max(disk, held.disk)
    big = len(files) == 1
    yield Figure(
        f"upload of {what}",
        "time",
        min(times),
        "s",
        direct=min(direct_times),
        limit=3 if big else None,
        of_ratio=True,
        note="best of each" + ("" if big else f"; three at a time, {min(times) / len(files) * 1000:.1f} ms per file"),
    )
    note = "growth of gunicorn's processes at their highest"
    yield Figure(f"upload of {what}", "extra memory", growth, "MB", limit=20, note=note)
    note = "growth of the folders in VAR_DIR and of TMPDIR, and of open files without a name"
    yield Figure(f"upload of {what}", "temporary copy", disk, "MB", limit=1, note=note)


def _folders(app: App) -> list[Path]:
    """Where a copy could lie. Log and collected static files are left out: they are no place for one."""
    found = [path for path in (app.scratch / "var").iterdir() if path.is_dir() and path.name not in ("static", "log")]
    return [app.scratch / "tmp", *found]


def _put(app: App, path: Path) -> list[str]:
    """Sends a file like the upload panel. The target is separate: curl appends the name to a URL with a final slash."""
    target = f"{app.base}datasets/{rows.DATASET}/documents/upload/?name={quote(path.name)}"
    return ["-H", f"Cookie: {app.cookies}", "-H", f"X-CSRFToken: {app.csrf}", "--request-target", target, app.address]


def _curl(scratch: Path, transfers: Sequence[Sequence[str]]) -> float:
    """Seconds for all transfers, three at a time. Raises RuntimeError when one is not answered with success."""
    config = scratch / "curl.config"
    config.write_text("\nnext\n".join(_config(transfer) for transfer in transfers))
    started = time.monotonic()
    done = subprocess.run(
        ["curl", "--no-progress-meter", "--parallel", "--parallel-max", "3", "--config", str(config)],
        capture_output=True,
        timeout=240,
        check=False,
    )
    seconds = time.monotonic() - started
    answers = done.stdout.decode(errors="replace")
    if done.returncode or answers.count("\n2") + answers.startswith("2") < len(transfers):
        raise RuntimeError(f"curl {done.returncode}: {done.stderr.decode()[:300]} {answers[:600]}")
    return seconds


def _config(transfer: Sequence[str]) -> str:
    lines = ["silent", "show-error", 'output = "/dev/null"', 'write-out = "%{http_code}\\n"']
    names = {"-F": "form", "-H": "header", "-T": "upload-file", "--request-target": "request-target"}
    rest = list(transfer)
    while rest:
        one = rest.pop(0)
        lines.append(f"{names[one]} = {json.dumps(rest.pop(0))}" if one in names else f"url = {json.dumps(one)}")
    return "\n".join(lines)
