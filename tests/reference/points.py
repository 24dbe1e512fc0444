"""Where the families are looked at: corners, then random draws over the full range of the parameters.

A point is mostly drawn by its depth: the x on the lower or upper side of the mean where the rate
function of the family (-log of the Chernoff bound of the tail) has a given value. Others lie at or
next to the mean, near zero, outside the support or between integers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corners import CORNERS
from exact import Values, gamma, lognormal, normal, uniform, weibull
from exact_integer import binomial, is_feasible, matched_integer, negative_binomial, poisson

DEEPEST = 700.0  # -log of the smallest tail asked for: somewhat below 1e-300


@dataclass(frozen=True)
class Family:
    parameters: tuple[str, ...]
    values: Callable[..., Values]
    draw: Callable[[random.Random], tuple[float, ...]]
    moving: tuple[int, ...]  # the arguments that kappa is about
    integer: bool = False
    exists: Callable[..., bool] = lambda *parameters: True


def points_of(name: str, seed: int, corners: bool = True) -> Iterator[tuple[float, ...]]:
    """The corners, then random draws for ever."""
    family = FAMILIES[name]
    rng = random.Random(f"{name} {seed}")
    if corners:
        yield from (tuple(map(float, corner)) for corner in CORNERS[name])
    while True:
        point = family.draw(rng)
        if all(map(math.isfinite, point)) and family.exists(*point[:-1]):
            yield point


# --- pieces ----------------------------------------------------------------------------------


def power_of_ten(rng, low, high):
    """Even in the logarithm; one draw in twelve at either end."""
    draw = rng.random()
    if draw < 1 / 12:
        return 10.0 ** (low if draw < 1 / 24 else high)
    return 10.0 ** rng.uniform(low, high)


def near(rng, value):
    """A relative distance of 1e-16 to 0.1 to either side."""
    return value * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-16, -1))


def depth_and_side(rng):
    depth = rng.uniform(0, 8) if rng.random() < 0.4 else rng.uniform(8, DEEPEST)
    return rng.random() < 0.55, depth


def normal_score(rng):
    upper, depth = depth_and_side(rng)
    return math.sqrt(2 * depth) * (1 if upper else -1)


def point_at(rate, mean, upper, depth):
    """The x on one side of the mean where the rate reaches the depth (or the edge, 0)."""
    close, far = mean, 2 * mean if upper else 0.0
    while upper and rate(far) < depth and far < 1e300:
        far *= 2
    for _ in range(200):
        middle = (close + far) / 2
        if not upper and middle < mean / 4:
            middle = math.sqrt(close * max(far, 1e-300))
        if rate(middle) < depth:
            close = middle
        else:
            far = middle
    return close


def point_by_rate(rng, rate, mean):
    upper, depth = depth_and_side(rng)
    return point_at(rate, mean, upper, depth)


def integer_point(rng, rate, mean):
    """One in ten where the tails end, at 1e-300."""
    if rng.random() < 0.1:
        return point_at(rate, mean, rng.random() < 0.55, rng.uniform(660, DEEPEST))
    return point_by_rate(rng, rate, mean)


def special_point(rng, mean):
    """At the mean, next to it, near zero, at or below zero; mostly None."""
    draw = rng.random()
    if draw < 0.03:
        return mean
    if draw < 0.09:
        return near(rng, mean)
    if draw < 0.14:
        return max(mean * 10 ** rng.uniform(-300, -1), 1e-300)
    if draw < 0.16:
        return rng.choice([0.0, -mean, -mean * rng.random()])
    return None


def whole_or_between(rng, x, mean):
    """Mostly whole numbers, some next to the mean, near zero, between integers, below the support."""
    draw = rng.random()
    if draw < 0.08:
        return float(math.floor(mean) + rng.choice([-1, 0, 0, 1, 2]))
    if draw < 0.13:
        return float(rng.randint(0, 5))
    if draw < 0.15:
        return -float(rng.choice([1, 1, rng.randint(1, 1000)]))
    if draw < 0.25:
        return math.floor(x) + rng.choice([0.25, 0.5, rng.random()])
    return float(math.floor(x) + (draw > 0.65))


# --- rate functions --------------------------------------------------------------------------


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


# --- draws -----------------------------------------------------------------------------------


def draw_normal(rng):
    mean = power_of_ten(rng, -3, 6)
    std = mean * power_of_ten(rng, -6, math.log10(50))
    x = special_point(rng, mean)
    return mean, std, mean + std * normal_score(rng) if x is None else x


def draw_lognormal(rng):
    sigma = power_of_ten(rng, -6, math.log10(5))
    mu = rng.choice([0.0, rng.uniform(-10, 15), rng.uniform(-10, 15), rng.uniform(-10, 15)])
    x = special_point(rng, math.exp(mu + sigma**2 / 2))
    return mu, sigma, math.exp(mu + sigma * normal_score(rng)) if x is None else x


def draw_gamma(rng):
    # a cv of 50 to 1e-6; mostly above 1e-4
    shape = power_of_ten(rng, 8, 12) if rng.random() < 0.1 else power_of_ten(rng, -3.4, 8)
    scale = power_of_ten(rng, -3, 3)
    x = special_point(rng, shape * scale)
    if x is None:
        x = point_by_rate(rng, gamma_rate(shape, scale), shape * scale)
    return shape, scale, x


def draw_weibull(rng):
    shape, scale = power_of_ten(rng, -1, math.log10(50)), power_of_ten(rng, -3, 3)
    x = special_point(rng, scale * math.gamma(1 + 1 / shape))
    if x is None:
        upper, depth = depth_and_side(rng)
        log_hazard = math.log(depth) if upper else -depth
        x = scale * math.exp(log_hazard / shape)
    return shape, scale, max(x, 1e-300) if x > 0 else x


def draw_uniform(rng):
    if rng.random() < 0.4:
        low, high = 0.0, power_of_ten(rng, -3, 6)
    else:
        low = power_of_ten(rng, -3, 6)
        high = low + low * power_of_ten(rng, -6, 4)
    width, draw = high - low, rng.random()
    if draw < 0.4:
        x = low + width * rng.random()
    elif draw < 0.6:
        x = low + width * 10 ** rng.uniform(-300 if low == 0 else -16, 0)
    elif draw < 0.8:
        x = high - width * 10 ** rng.uniform(-16, 0)
    elif draw < 0.9:
        x = rng.choice([low, high, (low + high) / 2, near(rng, (low + high) / 2)])
    else:
        x = rng.choice([low - width * rng.random(), high + width * rng.random(), 0.0, -high])
    return low, high, x


def draw_poisson(rng):
    mean = power_of_ten(rng, -6, 8)
    return mean, whole_or_between(rng, integer_point(rng, poisson_rate(mean), mean), mean)


def draw_negative_binomial(rng):
    mean, size = power_of_ten(rng, -3, 6), power_of_ten(rng, -3, 8)
    x = integer_point(rng, negative_binomial_rate(mean, size), mean)
    return mean, size, whole_or_between(rng, x, mean)


def draw_binomial(rng):
    trials = float(math.floor(power_of_ten(rng, 0, 6)))
    prob = power_of_ten(rng, -6, math.log10(0.5))
    if rng.random() < 0.4:
        prob = 1 - prob
    mean = trials * prob
    x = integer_point(rng, binomial_rate(trials, prob), mean)
    return trials, prob, min(whole_or_between(rng, x, mean), trials + 1)


def draw_matched_integer(rng):
    mean = power_of_ten(rng, -3, 5)
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
        std = math.sqrt(mean + mean**2 * power_of_ten(rng, -4, math.log10(2500)))
    extra = (std**2 - mean) / mean
    if extra > 1e-9:
        rate = negative_binomial_rate(mean, mean / extra)
    elif extra < -1e-9:
        trials = max(math.ceil(-mean / extra), math.ceil(mean))
        rate = binomial_rate(trials, min(mean / trials, 1 - 1e-9))
    else:
        rate = poisson_rate(mean)
    return mean, std, whole_or_between(rng, integer_point(rng, rate, mean), mean)


# --- families --------------------------------------------------------------------------------

THREE = (0, 1, 2)
FAMILIES = {
    "normal": Family(("mean", "std"), normal, draw_normal, THREE),
    "lognormal": Family(("mu", "sigma"), lognormal, draw_lognormal, THREE),
    "gamma": Family(("shape", "scale"), gamma, draw_gamma, THREE),
    "weibull": Family(("shape", "scale"), weibull, draw_weibull, THREE),
    "uniform": Family(("low", "high"), uniform, draw_uniform, THREE),
    "poisson": Family(("mean",), poisson, draw_poisson, (0,), integer=True),
    "negative_binomial": Family(
        ("mean", "size"), negative_binomial, draw_negative_binomial, (0, 1), integer=True
    ),
    "binomial": Family(("trials", "prob"), binomial, draw_binomial, (1,), integer=True),
    "matched_integer": Family(
        ("mean", "std"),
        matched_integer,
        draw_matched_integer,
        (0, 1),
        integer=True,
        exists=is_feasible,
    ),
}
