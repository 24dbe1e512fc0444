"""Print the polynomials of `stirling_error` and `digamma_gap` in saddle.pxd, for a >= 1.

They are a mu(a), mu the error of Stirling's formula, and a (log a - psi(a)).  With t = (a - 2.75)/(a + 0.75) in
[-1, 1) the functions are smooth; Chebyshev interpolants of degree 14 and 16 are good to 4e-16, printed in powers of t.
"""

from __future__ import annotations

from mpmath import chebyt, cos, digamma, log, loggamma, mp, mpf, pi, taylor

SHIFT = mpf("0.75")


def error_of_stirling(a):
    """a (log Gamma(a) - ((a - 1/2) log a - a + log(2 pi)/2))."""
    return a * (loggamma(a) - (a - mpf(1) / 2) * log(a) + a - log(2 * pi) / 2)


def gap_of_digamma(a):
    """a (log a - psi(a))."""
    return a * (log(a) - digamma(a))


def coefficients(function, degree):
    """Of 1, t, ..., t^degree."""
    nodes = [cos(pi * (2 * i + 1) / (2 * (degree + 1))) for i in range(degree + 1)]
    values = [function((2 + SHIFT + SHIFT * t) / (1 - t)) for t in nodes]
    powers = [mpf(0)] * (degree + 1)
    for n in range(degree + 1):
        weight = 2 * sum(v * chebyt(n, t) for v, t in zip(values, nodes, strict=True))
        weight = weight / (degree + 1) / (2 if n == 0 else 1)
        for power, c in enumerate(taylor(lambda t, n=n: chebyt(n, t), 0, n)):
            powers[power] += weight * c
    return powers


if __name__ == "__main__":
    mp.dps = 60
    for function, degree in ((error_of_stirling, 14), (gap_of_digamma, 16)):
        print(function.__name__)
        for power, value in enumerate(coefficients(function, degree)):
            print(power, mp.nstr(value, 18))
