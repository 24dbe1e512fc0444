"""The tables of the accuracy page: what each family computes where, and how far it is off there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import judge


def counting(integral: str, source: str) -> list[tuple[str, str, str]]:
    """The families of integers share their formulas, all but the integral behind a long tail."""
    return [
        ("pmf", "saddle-point form with compensated deviances", "Loader, 2000"),
        ("short tails", "one sum away from the mean gives tail and losses", "positive terms only"),
        (
            "long tails",
            f"24 Gauss-Legendre nodes a panel on the {integral} integral of the tail",
            source,
        ),
        ("inverse", "Wilson-Hilferty, Newton, then steps of one", "exact smallest integer"),
    ]


# Family: where, the formula used, its source. The kernels say more in their comments.
FORMULAS: dict[str, list[tuple[str, str, str]]] = {
    "normal": [
        (
            "all z",
            "iterated tails over the density, rational functions of z with positive coefficients",
            "fitted by tools/fit_mills.py",
        ),
        ("density", "exp(-z²/2) with the rounding error of z² carried along", "fused multiply-add"),
        (
            "inverse, 1e-5 <= p <= 1 - 1e-5",
            "rational in log(4 p (1 - p))",
            "fitted by tools/fit_scores.py",
        ),
        ("inverse, farther out", "rational approximations", "Wichura, AS 241, 1988"),
    ],
    "lognormal": [
        (
            "all sigma",
            "x φ(z) times differences of Mills ratios at z, z - sigma and z - 2 sigma, split into a rational "
            "part and a small M2; tiny sigma by fixed Taylor sums",
            "partial moments of the normal; tools/fit_mills.py",
        ),
        ("inverse", "exp(mu + sigma z)", "z as of the normal"),
    ],
    "gamma": [
        (
            "shape < 4000, x > mean",
            "continued fraction, its tails give the losses; steps known beforehand",
            "Legendre; DLMF 8.9.2",
        ),
        (
            "shape < 4000, x <= mean",
            "continued fraction of the iterated lower tails, all terms positive",
            "two-term recurrence, run backwards",
        ),
        ("shape <= 0.2, x small", "expm1 and an alternating series", "DLMF 8.7.3"),
        (
            "shape >= 4000",
            "24 Gauss-Legendre nodes on the density relative to its value at x",
            "tools/gauss_rule.py",
        ),
        (
            "density",
            "saddle-point form, peak by a polynomial",
            "Loader, 2000; tools/fit_gamma_peak.py",
        ),
        ("inverse", "Wilson-Hilferty, then Halley in log x", "log of the smaller tail"),
    ],
    "weibull": [
        ("density, tails", "exp(-(x/scale)^shape)", "definition"),
        (
            "losses",
            "incomplete gamma functions of 1 + 1/shape and 1 + 2/shape: series below, fraction above",
            "DLMF 8.7.1, 8.9.2",
        ),
        ("shape from moments", "secant on log(1 + cv²)", "DLMF 5.7.3 for small 1/shape"),
    ],
    "uniform": [("all x", "polynomials of the distance to an end", "definition")],
    "poisson": counting("gamma", "DLMF 8.4.10"),
    "negative_binomial": counting("beta", "DLMF 8.17.5"),
    "binomial": counting("beta", "DLMF 8.17.5"),
    "matched_integer": [
        (
            "variance < mean",
            "mixture of two binomials",
            "Adan, van Eenige and Resing, 1995",
        ),
        ("variance = mean", "Poisson", "as there"),
        ("variance > mean", "negative binomial", "as there"),
    ],
}

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


def tables(table: Table) -> str:
    """A section for every family: formulas, then errors by function and region."""
    parts = []
    for name, family in judge.FAMILIES.items():
        if not family.exists:
            continue
        points = judge.read_table(name)
        parts.append(f"{name}\n{'~' * len(name)}\n\n")
        if FORMULAS[name]:
            parts.append(table(("Where", "Formula", "Source"), FORMULAS[name]) + "\n")
        header = ("Function", "Region", "Points", "Error", "kappa", "Bound")
        rows = [
            cells(worst)
            for function in family.functions
            for worst in judge.worst_of(name, function, points)
        ]
        parts.append(f"{len(points)} points.\n\n{table(header, rows)}\n")
    return "".join(parts)


def cells(worst: judge.Worst) -> tuple[object, ...]:
    """A row of the table; an error beyond its bound is bold."""
    label = f"``{worst.function}``"
    if worst.want < judge.FLOOR and worst.function not in judge.INVERSES:
        return label, worst.region, worst.points, f"{worst.error:.1g} floors", "", "2 floors"
    error = f"{worst.error:.1e}" if worst.error else "0"
    error = error if worst.keeps_the_bound else f"**{error}**"
    if worst.function in judge.INVERSES and judge.FAMILIES[worst.family].is_integer:
        return label, worst.region, worst.points, error, "", "exact"
    return label, worst.region, worst.points, error, f"{worst.kappa:.1e}", f"{worst.bound:.1e}"


def numbers() -> dict[str, str]:
    """The numbers in the sentences about accuracy."""
    count = sum(
        len(judge.read_table(name)) for name, family in judge.FAMILIES.items() if family.exists
    )
    return {
        "accuracy-points": f"{count:,}",
        "accuracy-bound": f"{judge.ROUNDING_OF_OTHERS:.0e}".replace("e-0", "e-"),
        "accuracy-normal": f"{judge.ROUNDING['normal']:.0e}",
        "accuracy-floor": f"{judge.FLOOR:.0e}",
    }
