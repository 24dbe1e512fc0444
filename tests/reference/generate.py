"""Reference values of every demand family, to full double precision, by mpmath.

    python tests/reference/generate.py [family ...] [--points 400] [--seed 1] [--output FOLDER]

writes <family>.csv beside this file: the natural parameters and x as exact doubles; then
pdf or pmf, cdf, sf = P(X > x), loss = E(X-x)+, complementary_loss = E(x-X)+ and second_loss
(continuous: E[((X-x)+)^2]/2, integers: E[(X-x)+ (X-x-1)+]/2, for whole x only); then a kappa for
each: the sum over parameters, and over x in continuous families, of |d log value / d log argument|.
The number of trials of a binomial is a count and takes no part in its kappa.

Every value is computed twice, the second time with half as many digits again, and again with more
digits until both agree to 40 digits. Nothing here is shared with the library.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import mpmath
from mpmath import mp, mpf

AGREEMENT = mpf(10) ** -40  # two precisions must agree to this
STEP = mpf(10) ** -20  # relative step of the finite differences behind kappa
NOTHING = mpf(10) ** -1000  # smaller than any double: equal to zero
SMALLEST_LOSS = 1e-300  # points with a smaller loss are not kept
DEEPEST = 690.0  # -log of the smallest tail asked for
MOST_TERMS = 50_000  # a direct sum expected to be longer is left for an incomplete beta function


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


def integer_values(k, mean, variance, pmf, up, down):
    """Values at the whole number k >= 0, by summing the pmf on the side of k away from the mean.

    up: coefficients of pmf(j+1)/pmf(j) from j = k+1 upwards, down: of pmf(j-1)/pmf(j) from
    j = k-1 downwards, both as `sums` takes them.
    """
    at = pmf(k)
    if k >= mean:
        first = pmf(k + 1)
        sf, loss, second = (first * total for total in sums(*up))
        return Values(at, 1 - sf, sf, loss, k - mean + loss, second)
    below = complementary = beyond = mpf(0)
    if k > 0:
        first = pmf(k - 1)
        below, complementary, beyond = (first * total for total in sums(*down))
    # over j < k: (k-j)(k-j+1)/2 = (i+1)(i+2)/2 = (i+1) + i(i+1)/2 with i = k-1-j
    second = (variance + (mean - k) ** 2 - (mean - k)) / 2 - (complementary + beyond)
    cdf = at + below
    return Values(at, cdf, 1 - cdf, mean - k + complementary, complementary, second)


def floored(integer_family):
    """Extend a family from whole k to any real x: the loss is linear between integers."""

    def values(*arguments):
        *parameters, x = arguments
        k = int(mp.floor(x))
        at = integer_family(*parameters, k)
        part = x - k
        if part == 0:
            return at
        # (1 - part) loss(k) + part loss(k+1), with loss(k+1) = loss(k) - sf(k)
        loss = at.loss - part * at.sf
        complementary = at.complementary_loss + part * at.cdf
        return Values(mpf(0), at.cdf, at.sf, loss, complementary, mpf("nan"))

    return values


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


# --- integer families ------------------------------------------------------------------------


@floored
def poisson(mean, k):
    if k < 0:
        return before_the_support(mean, mean, k, integer=True)

    def pmf(j):
        return mp.exp(j * mp.log(mean) - mean - mp.loggamma(j + 1))

    return integer_values(k, mean, mean, pmf, up=(mean, 0, k + 2, 1), down=(k - 1, -1, mean, 0))


def negative_binomial_at(mean, size, k):
    """Failures before the size-th success, whole k."""
    p, q = size / (size + mean), mean / (size + mean)
    variance = mean / p
    if k < 0:
        return before_the_support(mean, variance, k, integer=True)

    def pmf(j):
        log_ways = mp.loggamma(size + j) - mp.loggamma(size) - mp.loggamma(j + 1)
        return mp.exp(log_ways + size * mp.log(p) + j * mp.log(q))

    if 17 * mp.sqrt(variance) + 140 / p < MOST_TERMS:
        return integer_values(
            k,
            mean,
            variance,
            pmf,
            up=(q * (size + k + 1), q, k + 2, 1),
            down=(k - 1, -1, q * (size + k - 2), -q),
        )
    # A long tail. cdf(k) = I_p(size, k+1), a power series in p, and sf its complement. From
    # j pmf(j) = q (size+j-1) pmf(j-1), summed over j > k:
    # E[X; X>k] p = q size sf + (k+1) pmf(k+1),
    # E[X(X-1); X>k] p = q (size+1) E[X; X>k] + k (k+1) pmf(k+1).
    edge = (k + 1) * pmf(k + 1)
    cdf = edge / size * sums(p * (size + k + 1), p, size + 1, 1)[0]
    sf = 1 - cdf
    first = (q * size * sf + edge) / p
    second = (q * (size + 1) * first + k * edge) / p
    return Values(
        pmf(k),
        cdf,
        sf,
        first - k * sf,
        (k - mean) * cdf + edge / p,
        (second - 2 * k * first + k * (k + 1) * sf) / 2,
    )


negative_binomial = floored(negative_binomial_at)


def binomial_at(trials, prob, k):
    mean = trials * prob
    rest = 1 - prob
    if k < 0:
        return before_the_support(mean, mean * rest, k, integer=True)
    if k > trials or (k == trials and rest == 0):
        return after_the_support(mean, k)._replace(density=mpf(k == trials))
    if rest == 0:
        return before_the_support(mean, mpf(0), k, integer=True)
    if prob == 0:
        return after_the_support(mean, k)._replace(density=mpf(k == 0))

    def pmf(j):
        if j > trials:
            return mpf(0)
        return mp.binomial(trials, j) * prob**j * rest ** (trials - j)

    return integer_values(
        k,
        mean,
        mean * rest,
        pmf,
        up=(prob * (trials - k - 1), -prob, rest * (k + 2), rest),
        down=(rest * (k - 1), -rest, prob * (trials - k + 2), prob),
    )


@floored
def binomial(trials, prob, k):
    return binomial_at(int(trials), prob, k)


def two_binomials(mean, std):
    """(trials, prob, weight): Binomial(trials, prob) with the weight, else one trial more.

    With u = trials + 1 - weight, mean = prob u and the second factorial moment
    prob^2 trials (2u - trials - 1) = (1+a) mean^2, so that (1+a) u^2 - 2 trials u
    + trials (trials+1) = 0. The smaller root has its weight in [0, 1]; it is written without 1+a
    in the denominator because a = -1 at one trial.
    """
    a = (std**2 - mean) / mean**2
    trials = max(1, int(mp.floor(-1 / a)))
    root = mp.sqrt(max(mpf(0), -a * trials * (trials + 1) - trials))
    u = trials * (trials + 1) / (trials + root)
    prob = mean / u
    if prob > 1 - mpf(10) ** (10 - mp.dps):  # rounding alone keeps it from 1
        prob = mpf(1)
    return trials, prob, trials + 1 - u


@floored
def matched_integer(mean, std, k):
    variance = std**2
    if variance == mean:
        return poisson(mean, k)
    if variance > mean:
        return negative_binomial_at(mean, mean**2 / (variance - mean), k)
    trials, prob, weight = two_binomials(mean, std)
    fewer, more = binomial_at(trials, prob, k), binomial_at(trials + 1, prob, k)
    return Values(*(weight * f + (1 - weight) * m for f, m in zip(fewer, more, strict=True)))


def is_feasible(mean, std):
    """No distribution on the integers has a smaller variance than on the two around its mean."""
    part = mean - mp.floor(mean)
    return std**2 >= part * (1 - part)


# --- precision and condition -----------------------------------------------------------------


def agree(rough, fine):
    if not mp.isfinite(fine):
        return str(rough) == str(fine)
    return abs(rough - fine) <= max(AGREEMENT * abs(fine), NOTHING)


def settled(values, arguments):
    """The values, and the digits at which they agree with those of fewer digits."""
    digits = 60
    while True:
        with mp.workdps(digits):
            rough = values(*arguments)
        digits += digits // 2
        with mp.workdps(digits):
            fine = values(*arguments)
        if all(map(agree, rough, fine)):
            return fine, digits
        digits += digits // 3


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


# --- points ----------------------------------------------------------------------------------
# A point is drawn by its depth: the x on the lower or upper side of the mean where the rate
# function of the family (-log of the Chernoff bound of the tail) has a given value.


def power_of_ten(rng, low, high):
    return 10.0 ** rng.uniform(low, high)


def x_log_x(x):
    return x * math.log(x) if x > 0 else 0.0


def poisson_rate(mean):
    return lambda x: x_log_x(x) - x * math.log(mean) - x + mean


def negative_binomial_rate(mean, size):
    def rate(x):
        if x == 0:
            return size * math.log1p(mean / size)
        spread = math.log1p((x - mean) / (mean + size))
        return x * (math.log(x / mean) - spread) - size * spread

    return rate


def binomial_rate(trials, prob):
    def rate(x):
        if x > trials:
            return math.inf
        up = x * math.log(x / (trials * prob)) if x > 0 else 0.0
        down = (trials - x) * math.log((1 - x / trials) / (1 - prob)) if x < trials else 0.0
        return up + down

    return rate


def gamma_rate(shape, scale):
    def rate(x):
        m = x / (shape * scale)
        return shape * (m - 1 - math.log(m)) if m > 0 else math.inf

    return rate


def point_at(rate, mean, upper, depth):
    """The x on one side of the mean where the rate reaches the depth (or the edge, 0)."""
    near, far = mean, 2 * mean if upper else 0.0
    while upper and rate(far) < depth and far < 1e300:
        far *= 2
    for _ in range(200):
        middle = (near + far) / 2
        if not upper and middle < mean / 4:
            middle = math.sqrt(near * max(far, 1e-300))
        if rate(middle) < depth:
            near = middle
        else:
            far = middle
    return near


def depth_and_side(rng):
    depth = rng.uniform(0, 8) if rng.random() < 0.45 else rng.uniform(8, DEEPEST)
    return rng.random() < 0.6, depth


def point_by_rate(rng, rate, mean):
    upper, depth = depth_and_side(rng)
    return point_at(rate, mean, upper, depth)


def whole_or_between(rng, x):
    """Mostly whole numbers, some between, a few below the support."""
    draw = rng.random()
    if draw < 0.02:
        return -float(rng.randint(1, 1000))
    if draw < 0.04:
        return -1.0
    if draw < 0.14:
        return math.floor(x) + rng.choice([0.25, 0.5, rng.random()])
    return float(math.floor(x) + (draw > 0.6))


def draw_normal(rng):
    mean = power_of_ten(rng, -3, 6)
    std = mean * power_of_ten(rng, -6, 3)
    upper, depth = depth_and_side(rng)
    z = math.sqrt(2 * depth) * (1 if upper else -1)
    return mean, std, mean + std * z


def draw_lognormal(rng):
    sigma = power_of_ten(rng, -6, math.log10(5))
    mu = rng.uniform(-10, 15)
    upper, depth = depth_and_side(rng)
    z = math.sqrt(2 * depth) * (1 if upper else -1)
    return mu, sigma, math.exp(mu + sigma * z)


def draw_gamma(rng):
    shape = power_of_ten(rng, -3, 8)
    scale = power_of_ten(rng, -3, 3)
    x = point_by_rate(rng, gamma_rate(shape, scale), shape * scale)
    return shape, scale, (-x if rng.random() < 0.02 else x)


def draw_poisson(rng):
    mean = power_of_ten(rng, -6, 8)
    return mean, whole_or_between(rng, point_by_rate(rng, poisson_rate(mean), mean))


def draw_negative_binomial(rng):
    mean = power_of_ten(rng, -3, 6)
    size = power_of_ten(rng, -3, 8)
    x = point_by_rate(rng, negative_binomial_rate(mean, size), mean)
    return mean, size, whole_or_between(rng, x)


def draw_binomial(rng):
    trials = float(math.floor(power_of_ten(rng, 0, 5)))
    prob = power_of_ten(rng, -6, math.log10(0.5))
    if rng.random() < 0.4:
        prob = 1 - prob
    mean = trials * prob
    x = point_by_rate(rng, binomial_rate(trials, prob), mean)
    return trials, prob, min(whole_or_between(rng, x), trials + 1)


def draw_matched_integer(rng):
    mean = power_of_ten(rng, math.log10(0.05), 3)
    part = mean - math.floor(mean)
    least = part * (1 - part)
    branch = rng.random()
    if branch < 0.1:  # the Poisson branch, or as near to it as doubles allow
        std = math.sqrt(mean)
    elif branch < 0.2:  # near it, on either side
        std = math.sqrt(mean) * (1 + rng.choice([-1, 1]) * power_of_ten(rng, -12, -2))
    elif branch < 0.65:  # two binomials
        share = rng.choice([rng.random(), power_of_ten(rng, -6, 0)])
        std = math.sqrt(least + share * (mean - least))
    else:  # negative binomial
        std = math.sqrt(mean + mean**2 * power_of_ten(rng, -4, 2))
    extra = (std**2 - mean) / mean
    if extra > 1e-9:
        rate = negative_binomial_rate(mean, mean / extra)
    elif extra < -1e-9:
        trials = max(math.ceil(-mean / extra), math.ceil(mean))
        rate = binomial_rate(trials, min(mean / trials, 1 - 1e-9))
    else:
        rate = poisson_rate(mean)
    return mean, std, whole_or_between(rng, point_by_rate(rng, rate, mean))


# --- families --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    parameters: tuple[str, ...]
    values: Callable[..., Values]
    draw: Callable[[random.Random], tuple[float, ...]]
    corners: tuple[tuple[float, ...], ...]
    moving: tuple[int, ...]  # the arguments that kappa is about
    integer: bool = False
    exists: Callable[..., bool] = lambda *parameters: True


FAMILIES = {
    "normal": Family(
        ("mean", "std"),
        normal,
        draw_normal,
        (
            *((mean, std, mean) for mean, std in [(100, 30), (1e6, 1), (0.001, 10), (0, 1)]),
            *((100, 30, x) for x in (0, -50, -1000, 250, 101, 99.5)),
            *((0, 1, z) for z in (-37.5, -8, -5, -1, 1e-300, 1, 2, 3, 5, 8, 12, 20, 30, 37)),
            *((5, 2.5, x) for x in (5 + 2.5 * 35, 5 - 2.5 * 35, 5 + 1e-12, 0)),
        ),
        moving=(0, 1, 2),
    ),
    "lognormal": Family(
        ("mu", "sigma"),
        lognormal,
        draw_lognormal,
        (
            *((0, sigma, 1) for sigma in (1e-6, 1e-3, 0.5, 1, 5)),
            *((2, 0.8, x) for x in (0, -1, -100, 1e-300, 1e-30, 1e-3, 7, 10.175, 1e3, 1e10)),
            *((-3, 5, x) for x in (0, 1e-80, 1e-10, 1e5, 1e30)),
            *((4, 1e-6, x) for x in (54.598, 54.59815, 54.6, 54.0)),
        ),
        moving=(0, 1, 2),
    ),
    "gamma": Family(
        ("shape", "scale"),
        gamma,
        draw_gamma,
        (
            *((a, 2, 2 * a) for a in (1e-3, 0.3, 1, 1.5, 4, 100, 1e4, 1e6, 1e8)),
            *((a, 3, 0) for a in (1e-3, 0.5, 1, 1.0000000000000002, 2, 1e8)),
            *((a, 3, -7.5) for a in (1e-3, 1, 1e8)),
            *((1e-3, 1, x) for x in (1e-300, 1e-100, 1e-10, 0.1, 1, 30, 600)),
            *((0.01, 1, x) for x in (1e-300, 1e-5, 300)),
            *((1, 10, x) for x in (1e-300, 1e-5, 10, 1000, 6900)),
            *((2.5, 4, x) for x in (1e-100, 1e-3, 4, 10, 10.000001, 100, 2500)),
            *((1e8, 1, x) for x in (1e8 - 3e5, 1e8 - 1, 1e8 + 1, 1e8 + 3e5)),
        ),
        moving=(0, 1, 2),
    ),
    "poisson": Family(
        ("mean",),
        poisson,
        draw_poisson,
        (
            *((mean, mean) for mean in (1, 7, 20, 1000, 1e5, 1e8)),
            *((mean, 0) for mean in (1e-6, 0.1, 1, 6, 600)),
            *((mean, 1) for mean in (1e-6, 0.1, 6)),
            *((mean, -1) for mean in (1e-6, 6, 1e8)),
            *((6, x) for x in (-0.5, 0.5, 5, 5.999999999999999, 6, 7, 30, 100, 180)),
            *((1e-6, x) for x in (2, 3, 10, 40)),
            *((1e8, x) for x in (1e8 - 1, 1e8 + 1, 1e8 + 1e5 + 0.5, 1e8 - 3e5, 1e8 + 3e5)),
        ),
        moving=(0,),
        integer=True,
    ),
    "negative_binomial": Family(
        ("mean", "size"),
        negative_binomial,
        draw_negative_binomial,
        (
            *((5, size, 5) for size in (1e-3, 0.5, 1, 2, 100, 1e8)),
            *((5, 0.5, x) for x in (-1, -0.25, 0, 0.5, 1, 4.999999, 100, 1000, 6000)),
            *((1e-3, size, 0) for size in (1e-3, 1, 1e8)),
            *((1e-3, size, 1) for size in (1e-3, 1, 1e8)),
            *((1e6, size, 1e6) for size in (1e-3, 1, 1e3, 1e8)),
            *((1e6, size, 0) for size in (1e-3, 1, 40)),
            *((1e6, 1e-3, x) for x in (1, 1e3, 1e9, 1e11, 5e11)),
            *((1e6, 1e8, x) for x in (1e6 - 3e4, 1e6 + 1, 1e6 + 3e4)),
        ),
        moving=(0, 1),
        integer=True,
    ),
    "binomial": Family(
        ("trials", "prob"),
        binomial,
        draw_binomial,
        (
            *((1, prob, x) for prob in (1e-6, 0.3, 0.999) for x in (-1, 0, 1)),
            *((10, 0.5, x) for x in (-2, 0, 0.5, 4, 5, 6, 9, 9.75, 10, 11, 50)),
            *((100, 0.01, x) for x in (0, 1, 2, 30, 99, 100)),
            *((100, 0.99, x) for x in (0, 1, 70, 98, 99, 100)),
            *((1e5, 0.5, x) for x in (5e4, 5e4 + 1, 4.5e4, 5.5e4)),
            *((1e5, 1e-6, x) for x in (0, 1, 60)),
            *((1e5, 1 - 1e-6, x) for x in (99999, 1e5, 99950)),
        ),
        moving=(1,),
        integer=True,
    ),
    "matched_integer": Family(
        ("mean", "std"),
        matched_integer,
        draw_matched_integer,
        (
            *((4, 2, x) for x in (-1, 0, 4, 4.5, 20, 100)),  # Poisson
            *((2.5, 0.5, x) for x in (0, 1, 2, 2.5, 3, 4)),  # the least variance: 2 or 3
            *((0.5, 0.5, x) for x in (-1, 0, 0.5, 1, 2)),  # the least variance: 0 or 1
            *((2.5, 0.75, x) for x in (0, 1, 2, 3, 4)),
            *((0.25, 0.46875, x) for x in (0, 1, 2, 3)),  # at most two units
            *((3, 0, x) for x in (2, 2.5, 3, 4)),  # no variance
            *((3, 1.5, x) for x in (-3, 0, 3, 11, 12, 13)),  # exactly Binomial(12, 1/4)
            *((2, 1, x) for x in (0, 2, 3, 4, 5)),  # exactly Binomial(4, 1/2)
            *((1000, 5, x) for x in (900, 1000, 1024, 1025, 1026)),
            *((1000, 3000, x) for x in (0, 1000, 1e5, 1e6)),
            *((0.05, 2, x) for x in (0, 1, 100)),
        ),
        moving=(0, 1),
        integer=True,
        exists=is_feasible,
    ),
}


# --- tables ----------------------------------------------------------------------------------


def arguments_of(family: Family, name: str, seed: int) -> Iterator[tuple[float, ...]]:
    """The corners, then random draws for ever."""
    yield from (tuple(map(float, corner)) for corner in family.corners)
    rng = random.Random(f"{name} {seed}")
    while True:
        yield family.draw(rng)


def row_at(family: Family, point: tuple[float, ...]) -> list[str] | None:
    """Arguments, values and kappas as text; None where the point is not to be kept."""
    arguments = [mpf(value) for value in point]
    if not (all(map(math.isfinite, point)) and family.exists(*arguments[:-1])):
        return None
    exact, digits = settled(family.values, arguments)
    if 0 < exact.loss < SMALLEST_LOSS:
        return None
    kappas = condition_numbers(family, arguments, exact, digits)
    numbers = [repr(float(value)) for value in (*point, *exact)]
    return [*numbers, *(f"{float(kappa):.3g}" for kappa in kappas)]


def columns(family: Family) -> list[str]:
    functions = ["pmf" if family.integer else "pdf", *Values._fields[1:]]
    return [*family.parameters, "x", *functions, *(f"kappa_{name}" for name in functions)]


def write_table(name: str, points: int, seed: int, folder: Path) -> Path:
    family = FAMILIES[name]
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns(family))
        written = 0
        for point in arguments_of(family, name, seed):
            if written == points:
                break
            row = row_at(family, point)
            if row is not None:
                writer.writerow(row)
                written += 1
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="family", help=", ".join(FAMILIES))
    parser.add_argument("--points", type=int, default=400, help="rows per table (400)")
    parser.add_argument("--seed", type=int, default=1, help="of the random points (1)")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder")
    options = parser.parse_args()
    unknown = set(options.families) - set(FAMILIES)
    if unknown:
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    for name in options.families or FAMILIES:
        print(write_table(name, options.points, options.seed, options.output))


if __name__ == "__main__":
    mpmath.mp.dps = 60
    main()
