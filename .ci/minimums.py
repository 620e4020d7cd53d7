"""Print a constraints file that pins every requirement of pyproject.toml to its minimum."""

import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def minimums():
    """Yield (name, version) of every requirement with a minimum, those of the extras included."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    for requirements in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in requirements:
            name, minimum, version = requirement.partition(">=")
            if minimum:
                yield name, version


if __name__ == "__main__":
    print(*(f"{name}=={version}" for name, version in minimums()), sep="\n")
