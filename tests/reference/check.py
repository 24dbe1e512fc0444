"""The library against mpmath at newly drawn points: the worst error of every function, and its bound.

    python tests/reference/check.py [family ...] [--points 200] [--seed S] [--tables]

prints a line for every family, function and region: how many points, the worst relative error (below
the floor of 1e-300 in units of that floor; of an integer inverse in units), kappa and bound there, the
multiple of the bound, and where it is. The exit status is 1 if a bound is not kept. With --tables the
points are those of the stored tables instead.

    python tests/reference/check.py --write-known

writes known.py anew: the worst figures of the stored tables over all compiled variants.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from generate import rows_of
from judge import FAMILIES, Worst, read_table, worst_of

from stocklevel import _kernels

HEADER = f"{'':2}{'function':19}{'region':38}{'points':>6} {'error':>8} {'kappa':>8} {'bound':>8}"


def drawn_table(name: str, points: int, seed: int) -> pd.DataFrame:
    """New random points and their values."""
    header, *rows = rows_of(name, points, seed, corners=False)
    return pd.DataFrame([list(map(float, row)) for row in rows], columns=header)


def worst_in(name: str, table: pd.DataFrame) -> Iterator[Worst]:
    for function in FAMILIES[name].functions:
        yield from worst_of(name, function, table)


def line(worst: Worst) -> str:
    where = ", ".join(f"{key}={value!r}" for key, value in worst.arguments.items())
    verdict = "holds" if worst.keeps_the_bound else f"BROKEN {worst.times:.2g} times"
    if not worst.keeps_the_bound and worst.is_known:
        verdict += " (known)"
    numbers = f"{worst.error:8.1e} {worst.kappa:8.1e} {worst.bound:8.1e}"
    text = f"  {worst.function:19}{worst.region:38}{worst.points:6} {numbers}  {verdict}"
    return text if worst.error == 0 else f"{text} at {where}"


# --- the list of what is known ---------------------------------------------------------------


def worst_of_tables(names: list[str]) -> list[Worst]:
    return [worst for name in names for worst in worst_in(name, read_table(name))]


def worst_of_variants(names: list[str]) -> Iterator[Worst]:
    """The worst figures of each compiled variant that runs here, each in a fresh interpreter."""
    for variant in _kernels.supported():
        os.environ["STOCKLEVEL_KERNELS"] = variant
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield from pool.submit(worst_of_tables, names).result()


def rounded_up(value: float) -> float:
    """Two digits, not below the value."""
    if not math.isfinite(value):
        return math.inf
    exponent = math.floor(math.log10(value)) - 1
    return float(f"{math.ceil(value / 10.0**exponent)}e{exponent}")


def written(value: float) -> str:
    return repr(value) if math.isfinite(value) else "INFINITE"


def known_text(found: Iterable[Worst]) -> str:
    """known.py with the figures found."""
    figures: dict[tuple[str, str], dict[str, list[float]]] = {}
    for worst in found:
        if not worst.keeps_the_bound:
            entry = figures.setdefault((worst.family, worst.function), {})
            old = entry.get(worst.region, [0.0, 0.0])
            new = (worst.error, worst.times)
            entry[worst.region] = [max(both) for both in zip(old, new, strict=True)]
    source = (Path(__file__).parent / "known.py").read_text(encoding="utf-8")
    lines = [source[: source.index("KNOWN")].rstrip(), ""]
    lines.append("KNOWN: dict[tuple[str, str], dict[str, tuple[float, float]]] = {")
    for (family, function), entry in figures.items():
        lines.append(f'    ("{family}", "{function}"): {{')
        for region, (error, times) in entry.items():
            numbers = f"({written(rounded_up(error))}, {written(rounded_up(times))})"
            lines.append(f'        "{region}": {numbers},')
        lines.append("    },")
    lines.append("}")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="family", help=", ".join(FAMILIES))
    parser.add_argument("--points", type=int, default=200, help="drawn for each family (200)")
    parser.add_argument("--seed", type=int, help="of the points (a new one each time)")
    parser.add_argument("--tables", action="store_true", help="the points of the stored tables")
    parser.add_argument("--write-known", action="store_true", help="write known.py anew")
    options = parser.parse_args()
    unknown = set(options.families) - set(FAMILIES)
    if unknown:
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    names = [name for name in options.families or FAMILIES if FAMILIES[name].exists]
    for name in options.families:
        if name not in names:
            parser.error(f"stocklevel has no {FAMILIES[name].constructor} yet")
    if options.write_known:
        text = known_text(worst_of_variants([name for name in FAMILIES if FAMILIES[name].exists]))
        (Path(__file__).parent / "known.py").write_text(text, encoding="utf-8")
        return
    seed = random.randrange(10**6) if options.seed is None else options.seed
    broken = 0
    print("The stored tables" if options.tables else f"Random points of seed {seed}")
    for name in names:
        table = read_table(name) if options.tables else drawn_table(name, options.points, seed)
        print(f"\n{name}, {len(table)} points\n{HEADER}")
        for worst in worst_in(name, table):
            broken += not worst.keeps_the_bound
            print(line(worst), flush=True)
    print(f"\n{broken} bounds broken" if broken else "\nEvery bound holds.")
    sys.exit(broken > 0)


if __name__ == "__main__":
    main()
