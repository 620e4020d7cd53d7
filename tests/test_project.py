"""The files around the package agree: versions, requirements, pins, hooks and continuous integration."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import skecg

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
PIN = re.compile(r"^([\w-]+)==([\d.]+)$", re.MULTILINE)


def read_yaml(path):
    return pytest.importorskip("yaml").safe_load((ROOT / path).read_text())


def normalized(name):
    return name.lower().replace("_", "-")


def pins():
    return {normalized(name): version for name, version in PIN.findall((ROOT / "constraints.txt").read_text())}


def as_numbers(version):
    return tuple(int(part) for part in version.split("."))


def test_the_version_is_that_of_the_changelog_and_the_citation():
    citation = read_yaml("CITATION.cff")
    version, date = re.search(r"^## ([\d.]+) \(([\d-]+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE).groups()
    assert skecg.__version__ == version
    assert str(citation["version"]) == version
    assert str(citation["date-released"]) == date
    assert citation["license"] == PROJECT["license"]


def test_the_changelog_begins_with_what_is_unreleased():
    assert re.findall("^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0] == "Unreleased"


def test_every_dependency_has_a_minimum():
    for requirement in PROJECT["dependencies"]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", requirement), requirement


def test_the_minimums_are_those_of_the_project():
    out = subprocess.run([sys.executable, ROOT / ".ci" / "minimums.py"], capture_output=True, text=True, check=True)
    assert sorted(out.stdout.split()) == sorted(r.replace(">=", "==") for r in REQUIREMENTS if ">=" in r)


def test_the_pins_are_not_older_than_the_minimums():
    pinned = pins()
    for requirement in REQUIREMENTS:
        name, _, minimum = requirement.partition(">=")
        if not name.startswith("skecg["):
            assert normalized(name) in pinned, f"constraints.txt has no {name}"
            assert as_numbers(pinned[normalized(name)]) >= as_numbers(minimum or "0"), requirement


def test_the_hooks_have_the_pinned_versions():
    repositories = {hooks["repo"].rpartition("/")[2]: hooks for hooks in read_yaml(".pre-commit-config.yaml")["repos"]}
    assert repositories["ruff-pre-commit"]["rev"] == f"v{pins()['ruff']}"
    assert repositories["codespell"]["rev"] == f"v{pins()['codespell']}"
    hooks = {hook["id"] for repository in repositories.values() for hook in repository["hooks"]}
    assert hooks == {"ruff-check", "ruff-format", "codespell", "mypy"}


def test_continuous_integration_calls_targets_of_the_makefile():
    jobs = read_yaml(".github/workflows/ci.yml")["jobs"]
    called = {step["run"].removeprefix("make ") for job in jobs.values() for step in job["steps"] if "run" in step}
    assert {"test-oldest", "test", "test-newest", "docs"} <= called
    assert called <= set(re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split())
