"""Write the Gauss-Legendre rule of src/stocklevel/_kernels/quadrature.pxd.

24 nodes integrate a density that falls by e^-42 over the panel, Gaussian or exponential, to rounding.
Run: python tools/gauss_rule.py  (needs mpmath).
"""

from __future__ import annotations

from pathlib import Path

import mpmath as mp

mp.mp.dps = 30
COUNT = 24
SOURCE = '''# Gauss-Legendre rule on [0, 1]; written by tools/gauss_rule.py, not by hand.
cdef extern from *:
    """
    static const double sl_gauss_node[{count}] = {{
{nodes}
    }};
    static const double sl_gauss_weight[{count}] = {{
{weights}
    }};
    """
    const double GAUSS_NODE "sl_gauss_node"[{count}]
    const double GAUSS_WEIGHT "sl_gauss_weight"[{count}]

cdef enum:
    GAUSS_COUNT = {count}
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


if __name__ == "__main__":
    pairs = rule(COUNT)
    target = Path(__file__).parents[1] / "src/stocklevel/_kernels/quadrature.pxd"
    nodes, weights = ([pair[i] for pair in pairs] for i in (0, 1))
    target.write_text(SOURCE.format(count=COUNT, nodes=lines(nodes), weights=lines(weights)))
