"""Reference values of every demand family, to full double precision, by mpmath.

    python tests/reference/generate.py [family ...] [--points 2000] [--seed 1] [--output FOLDER]

writes <family>.csv beside this file: the natural parameters and x as exact doubles; then the values
that exact.py describes; then a kappa for each: the sum over parameters, and over x in continuous
families, of |d log value / d log argument|. The number of trials of a binomial is a count and takes
no part in its kappa.

Every value is computed twice, the second time with half as many digits again, and again with more
digits until both agree to 40 digits.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from exact import STEP, Values
from mpmath import mp, mpf
from points import FAMILIES, Family, points_of

AGREEMENT = mpf(10) ** -40  # two precisions must agree to this
NOTHING = mpf(10) ** -1000  # smaller than any double: equal to zero


def agree(rough, fine):
    if not mp.isfinite(fine):
        return str(rough) == str(fine)
    return abs(rough - fine) <= max(AGREEMENT * abs(fine), NOTHING)


def settled(values, arguments):
    """The values, and the fewest digits tried that give 40 right ones."""
    digits = 60
    while True:
        with mp.workdps(digits):
            rough = values(*arguments)
        with mp.workdps(digits + digits // 2):
            fine = values(*arguments)
        if all(map(agree, rough, fine)):
            return fine, digits
        digits *= 2


def condition_numbers(family, arguments, exact, digits):
    """One kappa per value: one-sided differences, to the side where the family exists."""
    kappas = [mpf(0)] * len(exact)
    with mp.workdps(digits):
        for position in family.moving:
            for step in (STEP, -STEP):
                moved = list(arguments)
                moved[position] *= 1 + step
                if family.exists(*moved[: len(family.parameters)]):
                    break
            else:
                continue
            for n, (at, there) in enumerate(zip(exact, family.values(*moved), strict=True)):
                if mp.isfinite(at) and abs(at) > NOTHING:
                    kappas[n] += abs((there - at) / (at * STEP))
    return kappas


# --- tables ----------------------------------------------------------------------------------


def columns(family: Family) -> list[str]:
    functions = ["pmf" if family.integer else "pdf", *Values._fields[1:]]
    return [*family.parameters, "x", *functions, *(f"kappa_{name}" for name in functions)]


def row_at(family: Family, point: tuple[float, ...]) -> list[str]:
    """Arguments, values and kappas as text."""
    arguments = [mpf(value) for value in point]
    exact, digits = settled(family.values, arguments)
    kappas = condition_numbers(family, arguments, exact, digits)
    numbers = [repr(float(value)) for value in (*point, *exact)]
    return [*numbers, *(f"{float(kappa):.3g}" for kappa in kappas)]


def rows_of(name: str, points: int, seed: int, corners: bool = True) -> Iterator[list[str]]:
    """The header, then a row a point."""
    family = FAMILIES[name]
    yield columns(family)
    for point in islice(points_of(name, seed, corners), points):
        yield row_at(family, point)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="family", help=", ".join(FAMILIES))
    parser.add_argument("--points", type=int, default=2000, help="rows per table (2000)")
    parser.add_argument("--seed", type=int, default=1, help="of the random points (1)")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder")
    options = parser.parse_args()
    unknown = set(options.families) - set(FAMILIES)
    if unknown:
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    for name in options.families or FAMILIES:
        start = time.perf_counter()
        path = options.output / f"{name}.csv"
        rows = list(rows_of(name, options.points, options.seed))
        with path.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        print(f"{path}: {len(rows) - 1} points in {(time.perf_counter() - start) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
