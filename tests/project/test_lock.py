"""requirements.lock, which production installs from: what requirements.txt allows, each package by its hash."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# One package with its hashes: name==version ; marker \ --hash=… \ --hash=…
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?: ;[^\\\n]*)?)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def locked() -> dict[str, str]:
    return {canonicalize_name(name): version for name, version, *_ in ENTRY.findall(LOCK)}


def wanted() -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def test_the_lock_has_every_requirement_in_a_version_that_is_allowed() -> None:
    found = locked()
    assert len(wanted()) > 20
    for requirement in wanted():
        version = found.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in requirements.lock: run make lock"
        assert requirement.specifier.contains(version), f"{requirement}, but {version} is locked: run make lock"
        for extra in requirement.extras:
            assert canonicalize_name(f"{requirement.name}-{extra}") in found, (
                f"{requirement.name}[{extra}]: run make lock"
            )


def test_every_line_of_the_lock_is_a_package_with_hashes_and_no_address() -> None:
    rest = [line for line in ENTRY.sub("", LOCK).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert rest == []
    assert "://" not in LOCK
    assert "--index" not in LOCK
