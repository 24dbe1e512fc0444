"""Print the polynomial of `stirling_error` in saddle.pxd: a mu(a) for a >= 1, mu the error of Stirling's formula.

With t = (a - 2.75)/(a + 0.75) in [-1, 1) the function is smooth; the Chebyshev interpolant of degree 14 is good
to 4e-16, printed in powers of t.
"""

from __future__ import annotations

from mpmath import chebyt, cos, log, loggamma, mp, mpf, pi, taylor

DEGREE = 14
SHIFT = mpf("0.75")


def error_of_stirling(t):
    """a (log Gamma(a) - ((a - 1/2) log a - a + log(2 pi)/2)) at the a that belongs to t."""
    a = (2 + SHIFT + SHIFT * t) / (1 - t)
    return a * (loggamma(a) - (a - mpf(1) / 2) * log(a) + a - log(2 * pi) / 2)


def coefficients():
    """Of 1, t, ..., t^DEGREE."""
    nodes = [cos(pi * (2 * i + 1) / (2 * (DEGREE + 1))) for i in range(DEGREE + 1)]
    values = [error_of_stirling(t) for t in nodes]
    powers = [mpf(0)] * (DEGREE + 1)
    for n in range(DEGREE + 1):
        weight = (
            2 * sum(v * chebyt(n, t) for v, t in zip(values, nodes, strict=True)) / (DEGREE + 1)
        )
        weight = weight / 2 if n == 0 else weight
        for power, c in enumerate(taylor(lambda t, n=n: chebyt(n, t), 0, n)):
            powers[power] += weight * c
    return powers


if __name__ == "__main__":
    mp.dps = 60
    for power, value in enumerate(coefficients()):
        print(power, mp.nstr(value, 18))
