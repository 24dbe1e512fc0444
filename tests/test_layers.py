"""A file imports only from its own layer or from those above it in the list of layers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import stocklevel

SOURCE = Path(__file__).parents[1] / "src" / "stocklevel"
LAYERS = (
    "errors",
    "arrays",
    "pointing",
    "ragged",
    "_kernels",
    "lead_time",
    "distributions",
    "demand",
    "service",
    "policies",
    "portfolio",
    "simulation",
    "frame",
    "plots",
    "report",
    "demo",
    "cli",
    "batch",
    "__init__",
    "__main__",
)


def module_name(path: Path, root: Path) -> tuple[str, ...]:
    """('stocklevel', 'policies', 'base') for policies/base.py; a package is its __init__."""
    parts = (root.name, *path.relative_to(root).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def imported(path: Path, root: Path) -> set[tuple[str, ...]]:
    """Every module of the package that a file imports, wherever in the file it does so."""
    here = module_name(path, root)
    package = here if path.stem == "__init__" else here[:-1]
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            module = (*base, *(node.module or "").split(".")) if node.module else base
            found.update((*module, alias.name) for alias in node.names)
    return {name for name in found if name[:1] == (root.name,)}


def layer_of(name: tuple[str, ...], root: Path) -> str:
    """The layer of a module, and of a name that is imported from one."""
    if len(name) == 1:
        return "__init__"
    layer = name[1]
    is_module = (root / f"{layer}.py").exists() or (root / layer).is_dir()
    return layer if is_module or layer in LAYERS else "__init__"


def arrows_against_the_layers(root: Path) -> list[str]:
    """A line for each import from a layer further down, and for each file without a layer."""
    wrong = []
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.pyi")]):
        own = path.relative_to(root).parts[0].split(".")[0]
        if own not in LAYERS:
            wrong.append(f"{path.relative_to(root)} is in no layer")
            continue
        for name in sorted(imported(path, root)):
            layer = layer_of(name, root)
            if layer not in LAYERS:
                wrong.append(f"{path.relative_to(root)} imports {'.'.join(name)}, of no layer")
            elif LAYERS.index(layer) > LAYERS.index(own):
                wrong.append(f"{path.relative_to(root)} imports {'.'.join(name)} from below it")
    return wrong


def test_no_import_goes_against_the_layers():
    assert arrows_against_the_layers(SOURCE) == []


def test_the_package_under_test_has_only_known_layers():
    inside = Path(stocklevel.__file__).parent
    names = {path.stem.split(".")[0] for path in inside.iterdir()}
    assert names - {"__pycache__", "py"} <= set(LAYERS)


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("errors.py", "from stocklevel.frame import tune", "errors.py imports stocklevel.frame"),
        ("errors.py", "import stocklevel.arrays", "errors.py imports stocklevel.arrays"),
        ("errors.py", "from stocklevel import ReorderPoint", "imports stocklevel.ReorderPoint"),
        ("errors.py", "from . import arrays", "errors.py imports stocklevel.arrays"),
        ("service/law.py", "from ..policies.base import Policy", "imports stocklevel.policies"),
        ("service/law.py", "def f():\n    from stocklevel import frame", "stocklevel.frame"),
        ("policies/_rows.pyi", "import stocklevel.cli", "imports stocklevel.cli"),
        ("stray.py", "import math", "stray.py is in no layer"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, file, line, complaint):
    root = tmp_path / "stocklevel"
    for layer in ("service", "policies", "frame", "cli"):
        (root / layer).mkdir(parents=True)
        (root / layer / "__init__.py").write_text("from stocklevel.errors import InputError\n")
    for module in ("__init__", "errors", "arrays"):
        (root / f"{module}.py").write_text("import math\n")
    assert arrows_against_the_layers(root) == []

    (root / file).write_text(f"{line}\n")
    (wrong,) = arrows_against_the_layers(root)
    assert complaint in wrong


def test_imports_within_a_layer_and_upwards_are_free(tmp_path):
    root = tmp_path / "stocklevel"
    (root / "frame").mkdir(parents=True)
    (root / "errors.py").write_text("class InputError(ValueError): ...\n")
    (root / "frame" / "check.py").write_text("from ..errors import InputError\n")
    (root / "frame" / "tune.py").write_text("from stocklevel.frame.check import InputError\n")
    (root / "__init__.py").write_text("from stocklevel.frame.tune import InputError\n")
    assert arrows_against_the_layers(root) == []
