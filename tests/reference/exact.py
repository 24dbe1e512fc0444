"""The values of every demand family by mpmath, to any precision; nothing here is shared with the library.

A family is a function of its natural parameters and x that answers pdf or pmf, cdf, sf = P(X > x),
loss = E(X-x)+, complementary_loss = E(x-X)+ and second_loss (continuous: E[((X-x)+)^2]/2,
integers: E[(X-x)+ (X-x-1)+]/2, for whole x only).
"""

from __future__ import annotations

from typing import NamedTuple

from mpmath import mp, mpf
from mpmath.calculus.quadrature import GaussLegendre

STEP = mpf(10) ** -20  # relative step of the finite differences behind kappa


class Values(NamedTuple):
    density: mpf
    cdf: mpf
    sf: mpf
    loss: mpf
    complementary_loss: mpf
    second_loss: mpf


# --- shared pieces ---------------------------------------------------------------------------


def before_the_support(mean, variance, x, *, integer):
    """All demand lies above x, so each expectation is a moment."""
    gap = mean - x
    second = (variance + gap**2 - (gap if integer else 0)) / 2
    return Values(mpf(0), mpf(0), mpf(1), gap, mpf(0), second)


def after_the_support(mean, x):
    """No demand lies above x."""
    return Values(mpf(0), mpf(1), mpf(0), mpf(0), x - mean, mpf(0))


def sums(a, b, c, d):
    """Sums of t, (i+1) t and i(i+1)/2 t for t(0) = 1, t(i+1) = t(i) (a + b i) / (c + d i).

    All terms are positive; they end where a + b i does, or where they leave the precision.
    Fixed point in whole numbers: exact to about mp.prec bits after the point.
    """
    bits = mp.prec + 64
    a, b, c, d = (int(mp.floor(mp.ldexp(value, bits))) for value in (a, b, c, d))
    term = 1 << bits
    plain = once = twice = 0
    i = 0
    while term > 0:
        plain += term
        once += (i + 1) * term
        twice += i * (i + 1) // 2 * term
        term = term * a // c if a > 0 else 0
        a += b
        c += d
        i += 1
    return tuple(mp.ldexp(mpf(total), -bits) for total in (plain, once, twice))


# --- continuous families -------------------------------------------------------------------


def normal(mean, std, x):
    z = (x - mean) / std
    phi = mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
    sf = mp.erfc(z / mp.sqrt(2)) / 2
    cdf = mp.erfc(-z / mp.sqrt(2)) / 2
    return Values(
        phi / std,
        cdf,
        sf,
        std * (phi - z * sf),
        std * (phi + z * cdf),
        std**2 * ((z * z + 1) * sf - z * phi) / 2,
    )


def lognormal(mu, sigma, x):
    def moment(n):
        return mp.exp(n * mu + (n * sigma) ** 2 / 2)

    if x <= 0:
        mean = moment(1)
        return before_the_support(mean, moment(2) - mean**2, x, integer=False)
    z = (mp.log(x) - mu) / sigma

    def above(n):
        """E[X^n; X > x]."""
        return moment(n) * mp.erfc((z - n * sigma) / mp.sqrt(2)) / 2

    def below(n):
        """E[X^n; X <= x]."""
        return moment(n) * mp.erfc((n * sigma - z) / mp.sqrt(2)) / 2

    return Values(
        mp.exp(-z * z / 2) / (mp.sqrt(2 * mp.pi) * sigma * x),
        below(0),
        above(0),
        above(1) - x * above(0),
        x * below(0) - below(1),
        (above(2) - 2 * x * above(1) + x * x * above(0)) / 2,
    )


def gamma(shape, scale, x):
    if x <= 0:
        at = before_the_support(shape * scale, shape * scale**2, x, integer=False)
        if x < 0 or shape > 1 + STEP:
            return at
        # the limit from the right; a step of the differences counts as shape 1
        return at._replace(density=mpf("inf") if shape < 1 - STEP else 1 / scale)
    a, u = shape, x / scale
    density = mp.exp((a - 1) * mp.log(u) - u - mp.loggamma(a))
    if a > 1e7 or (u > max(a, 100) and a <= 5000):  # sums would be long, or cancel
        return gamma_by_quadrature(a, u, density, scale)
    if u > a and a > 5000:
        # Gamma(a, u) = u^(a-1) e^-u (1 + (a-1)/u + (a-1)(a-2)/u^2 + ...): the terms have left the
        # precision long before they turn negative
        sf = density * sums(a - 1, -1, u, 0)[0]
        cdf = 1 - sf
        complementary = (u - a) * cdf + u * density
    else:
        # integrals from 0 to u of u^(a-1) e^-u sum over i of u^i / (a (a+1) ... (a+i)), once, twice
        cdf = density * u / a * sums(u, 0, a + 1, 1)[0]
        sf = 1 - cdf
        complementary = density * u**2 / (a * (a + 1)) * sums(u, 0, a + 2, 1)[1]
    first = a * sf + u * density  # E[U; U > u]
    second = (a + 1) * first + u * u * density  # E[U^2; U > u]
    return Values(
        density / scale,
        cdf,
        sf,
        scale * (first - u * sf),
        scale * complementary,
        scale**2 * (second - 2 * u * first + u * u * sf) / 2,
    )


def gamma_by_quadrature(a, u, density, scale):
    """From the integrals of density(u + t), t density(u + t), t^2/2 density(u + t) away from the mean."""
    side = 1 if u > a else -1

    def fall(t):
        """-log of density(u + side t) / density(u)."""
        return side * t - (a - 1) * mp.log(1 + side * t / u)

    reach, enough = mp.sqrt(a) / 10, mp.prec * mp.ln2 + 20
    while (side > 0 or reach < u) and fall(reach) < enough:
        reach *= 1.25
    if side < 0:
        reach = min(reach, u * (1 - mp.eps))
    panels, rule = 10, GaussLegendre(mp).get_nodes(0, 1, 5, mp.prec)
    width, tail = reach / panels, [mpf(0)] * 3
    for panel in range(panels):
        for node, weight in rule:
            t = width * (panel + node)
            value = width * weight * density * mp.exp(-fall(t))
            for n, power in enumerate((1, t, t * t / 2)):
                tail[n] += value * power
    gap, second = a - u, (a + (a - u) ** 2) / 2
    if side > 0:
        cdf, sf = 1 - tail[0], tail[0]
        losses = tail[1], tail[1] - gap, tail[2]
    else:
        cdf, sf = tail[0], 1 - tail[0]
        losses = tail[1] + gap, tail[1], second - tail[2]
    return Values(
        density / scale, cdf, sf, scale * losses[0], scale * losses[1], scale**2 * losses[2]
    )


def weibull(shape, scale, x):
    def moment(n):
        return scale**n * mp.gamma(1 + n / shape)

    mean = moment(1)
    if x <= 0:
        at = before_the_support(mean, moment(2) - mean**2, x, integer=False)
        if x < 0 or shape > 1 + STEP:
            return at
        # the limit from the right; a step of the differences counts as shape 1
        return at._replace(density=mpf("inf") if shape < 1 - STEP else 1 / scale)
    w = (x / scale) ** shape
    if w < 1:  # the integral of cdf = w - w^2/2 + ..., once and twice, term by term
        complementary, beyond, term, n = mpf(0), mpf(0), x, 0
        while abs(term) > mp.eps * complementary:
            n += 1
            term *= -w / n
            complementary -= term / (n * shape + 1)
            beyond -= term * x / ((n * shape + 1) * (n * shape + 2))
        first = mean - x + complementary
        second = (moment(2) - 2 * x * mean + x * x) / 2 - beyond
    else:  # the integral of sf = exp(-w), once and twice
        first = mp.gammainc(1 / shape, w) * scale / shape
        second = mp.gammainc(2 / shape, w) * scale**2 / shape - x * first
        complementary = x - mean + first
    density = shape / x * w * mp.exp(-w)
    return Values(density, -mp.expm1(-w), mp.exp(-w), first, complementary, second)


def uniform(low, high, x):
    width = high - low
    mean = (low + high) / 2
    if x < low * (1 - 2 * STEP):  # a step of the differences stays on the support
        return before_the_support(mean, width**2 / 12, x, integer=False)
    if x > high * (1 + 2 * STEP):
        return after_the_support(mean, x)
    above, below = (high - x) / width, (x - low) / width
    return Values(
        1 / width,
        below,
        above,
        width * above**2 / 2,
        width * below**2 / 2,
        width**2 * above**3 / 6,
    )
