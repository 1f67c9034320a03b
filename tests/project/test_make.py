"""The Makefile on machines that lack something: what is missing is named, what is half made is made again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project without requirements, and an npm that only notes where its home is."""
    folder = tmp_path / "project"
    (folder / "node_modules").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("requirements.txt", "package.json", "package-lock.json"):
        (folder / name).touch()
    program(tmp_path / "bin" / "npm", f'echo "$HOME $npm_config_update_notifier" >{tmp_path}/npm')
    return folder


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    path = f"{folder.parent / 'bin'}:{kept['PATH']}"
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env={**kept, "PATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_a_python_without_its_venv_module_is_told_from_none_at_all(folder, tmp_path) -> None:
    # as Debian has it, where ensurepip is a package of its own
    script = f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
    bare = program(tmp_path / "bin" / "python3.99", script)
    made = make(folder, "install", f"PYTHON={bare}")
    assert made.returncode == 2
    assert "its module venv is not installed" in made.stdout
    assert "apt-get install python3.99-venv" in made.stdout
    assert "Python 3.11 or newer is needed" not in made.stdout

    old = program(tmp_path / "bin" / "python3.9", "exit 1")
    made = make(folder, "install", f"PYTHON={old}")
    assert made.returncode == 2
    assert "Python 3.11 or newer is needed" in made.stdout
    assert not (folder / ".venv").exists()


@pytest.mark.thorough
def test_a_half_made_virtual_environment_is_made_again(folder) -> None:
    # what is left of `python -m venv` where ensurepip is missing
    program(folder / ".venv/bin/python", "exit 1")
    (folder / ".venv/.installed").touch()
    made = make(folder, "install", f"PYTHON={sys.executable}")
    assert made.returncode == 0, made.stdout
    assert "Making .venv" in made.stdout
    assert "Installing Python packages" in made.stdout
    subprocess.run([folder / ".venv/bin/python", "-m", "pip", "--version"], check=True, stdout=subprocess.DEVNULL)
    assert "Making .venv" not in make(folder, "install").stdout


@pytest.mark.thorough
def test_a_home_that_cannot_be_written_is_replaced_and_npm_has_no_notices(folder, tmp_path) -> None:
    made = make(folder, "install", f"PYTHON={sys.executable}", HOME="/nonexistent")
    assert made.returncode == 0, made.stdout
    assert (tmp_path / "npm").read_text().split() == [str(folder / ".venv/home"), "false"]
    assert all(line.startswith(("Making", "Installing")) for line in made.stdout.splitlines()), made.stdout
