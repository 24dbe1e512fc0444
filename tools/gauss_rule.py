"""Write the Gauss-Legendre rules of src/stocklevel/_kernels/quadrature.pxd.

24 nodes integrate a density that falls by e^-42 over the panel, Gaussian or exponential, to rounding;
4 nodes one that changes by a tenth.  With the 24 go the integrals from 0 to each of them.
Run: python tools/gauss_rule.py  (needs mpmath).
"""

from __future__ import annotations

from pathlib import Path

import mpmath as mp

mp.mp.dps = 30
COUNTS = {"gauss": 24, "few": 4}
HALF = COUNTS["gauss"] // 2
HEADER = "# Gauss-Legendre rules on [0, 1]; written by tools/gauss_rule.py, not by hand.\n"
SOURCE = '''cdef extern from *:
    """
    static const double sl_{name}_node[{count}] = {{
{nodes}
    }};
    static const double sl_{name}_weight[{count}] = {{
{weights}
    }};
    """
    const double {upper}_NODE "sl_{name}_node"[{count}]
    const double {upper}_WEIGHT "sl_{name}_weight"[{count}]

cdef enum:
    {upper}_COUNT = {count}
'''


def rule(count: int) -> list[tuple[mp.mpf, mp.mpf]]:
    """Nodes and weights on [0, 1]: zeros of the Legendre polynomial by Newton's method."""
    pairs = []
    for i in range(1, count + 1):
        z = mp.cos(mp.pi * (i - mp.mpf(1) / 4) / (count + mp.mpf(1) / 2))
        for _ in range(12):
            before, value = mp.mpf(1), z
            for k in range(2, count + 1):
                before, value = value, ((2 * k - 1) * z * value - (k - 1) * before) / k
            slope = count * (z * value - before) / (z * z - 1)
            z -= value / slope
        pairs.append(((1 - z) / 2, 1 / ((1 - z * z) * slope**2)))
    return pairs


def lines(values: list[mp.mpf]) -> str:
    """Four numbers a line."""
    rows = (values[i : i + 4] for i in range(0, len(values), 4))
    return "\n".join("        " + ", ".join(mp.nstr(v, 19) for v in row) + "," for row in rows)


def source(name: str, count: int) -> str:
    """The rule as Cython."""
    nodes, weights = (lines([pair[i] for pair in rule(count)]) for i in (0, 1))
    return SOURCE.format(name=name, upper=name.upper(), count=count, nodes=nodes, weights=weights)


def integrals(count: int) -> list[list[mp.mpf]]:
    """Of the polynomial that is 1 at node j and 0 at the others, from 0 to node i.

    By its Legendre series, weight_j sum (2k + 1) P_k(x_j) P_k, on [-1, 1]: the integral of (2k + 1) P_k is
    P_(k+1) - P_(k-1), that of P_0 from -1 is x + 1.
    """
    x = [2 * node - 1 for node, _ in rule(count)]
    p = [[mp.legendre(k, v) for k in range(count + 1)] for v in x]
    risen = [
        [v + 1, *(row[k + 1] - row[k - 1] for k in range(1, count))]
        for v, row in zip(x, p, strict=True)
    ]
    weights = [w / 2 for _, w in rule(count)]
    return [[w * mp.fdot(a, b[:count]) for w, b in zip(weights, p, strict=True)] for a in risen]


def halves() -> str:
    """The same for functions even and odd about 1/2, from 1/2 and 0 on, by their sums and differences at two nodes."""
    whole, last = integrals(2 * HALF), 2 * HALF - 1
    weights = [w for _, w in rule(2 * HALF)]
    text = ""
    for name, sign in (("even", 1), ("odd", -1)):
        values = [
            (whole[i][j] + sign * whole[i][last - j] - (weights[j] if sign > 0 else 0)) / 2
            for i in range(HALF)
            for j in range(HALF)
        ]
        table = (
            f"    static const double sl_gauss_{name}[{HALF * HALF}] = {{\n{lines(values)}\n    }};"
        )
        use = f'    const double GAUSS_{name.upper()} "sl_gauss_{name}"[{HALF * HALF}]'
        text += f'cdef extern from *:\n    """\n{table}\n    """\n{use}\n\n'
    return text + f"cdef enum:\n    GAUSS_HALF = {HALF}\n"


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "src/stocklevel/_kernels/quadrature.pxd"
    target.write_text(HEADER + "\n".join([*(source(*item) for item in COUNTS.items()), halves()]))
