"""Prints the requirements of one extra of pyproject.toml, or of its build system, one a line.

Installing them by themselves leaves the compiled modules alone, where
``pip install -e .[extra]`` would build them again.
"""

import argparse
import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def requirements(pyproject: dict, extra: str) -> list[str]:
    """The requirements of an extra, with the project's own extras in it spelled out."""
    if extra == "build-system":
        return pyproject["build-system"]["requires"]
    own = re.compile(rf"{pyproject['project']['name']}\[(.+)\]")
    found = []
    for requirement in pyproject["project"]["optional-dependencies"][extra]:
        if match := own.fullmatch(requirement.replace(" ", "")):
            for other in match[1].split(","):
                found += requirements(pyproject, other)
        else:
            found.append(requirement.replace(" ", ""))
    return list(dict.fromkeys(found))


def main() -> None:
    """Read the name of the extra and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extra", help='the name of an extra, or "build-system"')
    extra = parser.parse_args().extra
    pyproject = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    if extra != "build-system" and extra not in pyproject["project"]["optional-dependencies"]:
        parser.error(f"pyproject.toml has no extra {extra!r}")
    print(*requirements(pyproject, extra), sep="\n")


if __name__ == "__main__":
    main()
