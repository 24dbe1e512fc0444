"""What a good data scientist writes in numpy and scipy for each operation of stocklevel.

Frozen: ratios are only comparable over time if these stay as they are.  They are plain arrays in, plain arrays
out, without any check of the input, and fast for what they are: scipy.special in place of scipy.stats, one
incomplete gamma or beta function per evaluation (the losses follow from the tail and the density), log-Newton
from a good start in place of bisection, and only the rows not yet found are computed on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import scipy.special as sc

Floats = npt.NDArray[np.float64]
Short = Callable[[Floats, Any], tuple[Floats, Floats]]  # (level, rows) -> shortfall, - slope

_ROOT_2_PI = np.sqrt(2.0 * np.pi)
_STEPS = 60
_CLOSE = 1e-6  # of the scale: the step after has twice the digits


def log_newton(short: Short, allowed: Floats, start: Floats, scale: Floats) -> Floats:
    """Level where the shortfall is what is allowed: bracketed Newton on its logarithm, active rows only."""
    level = start.copy()
    low, high = np.full_like(level, -np.inf), np.full_like(level, np.inf)
    active: Any = np.arange(level.size)
    for _ in range(_STEPS):
        at, spread = level[active], scale[active]
        value, slope = short(at, active)
        error = np.log(value / allowed[active])
        low[active] = bottom = np.where(error > 0, at, low[active])
        high[active] = top = np.where(error > 0, high[active], at)
        step = np.clip(
            error * value / slope, -4.0 * spread, 4.0 * spread
        )  # NaN far out, where value is 0
        new = at + step
        outward = at + np.where(error > 0, spread, -spread)
        middle = np.where(np.isinf(top - bottom), outward, 0.5 * (bottom + top))
        close = np.abs(step) <= _CLOSE * spread
        level[active] = np.where(close | ((new > bottom) & (new < top)), new, middle)
        active = active[~close]
        if active.size == 0:
            break
    return level


def smallest_integer(short: Short, allowed: Floats, start: Floats, lowest: float) -> Floats:
    """Smallest integer above lowest whose shortfall is allowed: log-Newton steps, then its neighbour."""
    level = np.maximum(np.floor(start), lowest + 1.0)
    low, high = np.full_like(level, lowest), np.full_like(level, np.inf)
    active: Any = np.arange(level.size)
    for _ in range(_STEPS):
        at = level[active]
        value, slope = short(at, active)
        error = np.log(value / allowed[active])
        low[active] = bottom = np.where(error > 0, at, low[active])
        high[active] = top = np.where(error > 0, high[active], at)
        step = np.nan_to_num(error * value / slope, nan=-np.inf)  # NaN far out, where value is 0
        new = at + np.where(error > 0, np.ceil(step), np.floor(step))
        reach = np.abs(at) + 8.0
        level[active] = np.clip(
            new, np.maximum(bottom + 1.0, at - reach), np.minimum(top - 1.0, at + reach)
        )
        active = active[top - bottom > 1.0]
        if active.size == 0:
            break
    return high


def inverse_loss(c: Floats) -> Floats:
    """z with standard normal loss c, about: the rational of Silver and Peterson."""
    t = np.sqrt(np.log(25.0 / np.clip(c, 1e-300, 3.0) ** 2))
    top = -5.3925569 + t * (5.6211054 + t * (-3.8836830 + t * 1.0897299))
    bottom = 1 + t * (-0.72496485 + t * (0.507326622 + t * (0.0669136868 - t * 0.00329129114)))
    return np.where(c > 3.0, -c, top / bottom)


class Family:
    """Demand of one period by its parameters, rows of one length."""

    integer: ClassVar[bool] = False
    parameters: tuple[Floats, ...]
    mean: Floats
    std: Floats

    def __init__(self, *parameters: Floats) -> None:
        raise NotImplementedError

    def rows(self, rows: Any) -> Self:
        """Some of the rows."""
        return type(self)(*(value[rows] for value in self.parameters))

    def over(self, periods: Floats) -> Self:
        """The sum over periods, where it stays in the family."""
        raise NotImplementedError

    def density(self, x: Floats) -> Floats:
        """Density, or probability of x."""
        raise NotImplementedError

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x)."""
        raise NotImplementedError

    def sf(self, x: Floats) -> Floats:
        """P(X > x)."""
        raise NotImplementedError

    def loss(self, x: Floats) -> Floats:
        """E[(X - x)+]."""
        raise NotImplementedError

    def second_loss(self, x: Floats) -> Floats:
        """E[((X - x)+)^2]/2, on integers E[(X - x)+ (X - x - 1)+]/2."""
        raise NotImplementedError

    def tails(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """sf, loss and second loss, what they share computed once."""
        raise NotImplementedError

    def ppf(self, p: Floats) -> Floats:
        """Quantile."""
        raise NotImplementedError

    def from_normal(self, level: Floats) -> Floats:
        """A start for a search: the level that the normal of these moments suggests, bent to the family."""
        return level


class Normal(Family):
    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std

    def over(self, periods: Floats) -> Normal:
        return Normal(self.mean * periods, self.std * np.sqrt(periods))

    def density(self, x: Floats) -> Floats:
        z = (x - self.mean) / self.std
        return np.exp(-0.5 * z * z) / (_ROOT_2_PI * self.std)

    def cdf(self, x: Floats) -> Floats:
        return sc.ndtr((x - self.mean) / self.std)

    def sf(self, x: Floats) -> Floats:
        return sc.ndtr((self.mean - x) / self.std)

    def loss(self, x: Floats) -> Floats:
        z = (x - self.mean) / self.std
        return self.std * (np.exp(-0.5 * z * z) / _ROOT_2_PI - z * sc.ndtr(-z))

    def second_loss(self, x: Floats) -> Floats:
        z = (x - self.mean) / self.std
        inside = (z * z + 1.0) * sc.ndtr(-z) - z * (np.exp(-0.5 * z * z) / _ROOT_2_PI)
        return 0.5 * self.std**2 * inside

    def tails(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        z = (x - self.mean) / self.std
        density, sf = np.exp(-0.5 * z * z) / _ROOT_2_PI, sc.ndtr(-z)
        loss = self.std * (density - z * sf)
        return sf, loss, 0.5 * self.std**2 * ((z * z + 1.0) * sf - z * density)

    def ppf(self, p: Floats) -> Floats:
        return self.mean + self.std * sc.ndtri(p)


class Gamma(Family):
    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        self.shape, self.scale = (mean / std) ** 2, std * std / mean

    def over(self, periods: Floats) -> Gamma:
        return Gamma(self.mean * periods, self.std * np.sqrt(periods))

    def _parts(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """x over the scale, P(X > x), and P(X' > x) - P(X > x) for X' of the next shape."""
        u = np.maximum(x, 0.0) / self.scale
        log_jump = sc.xlogy(self.shape, u) - u - sc.gammaln(self.shape + 1.0)
        return u, sc.gammaincc(self.shape, u), np.exp(log_jump)

    def density(self, x: Floats) -> Floats:
        u = x / self.scale
        return np.exp(sc.xlogy(self.shape - 1.0, u) - u - sc.gammaln(self.shape)) / self.scale

    def cdf(self, x: Floats) -> Floats:
        return sc.gammainc(self.shape, np.maximum(x, 0.0) / self.scale)

    def sf(self, x: Floats) -> Floats:
        return sc.gammaincc(self.shape, np.maximum(x, 0.0) / self.scale)

    def loss(self, x: Floats) -> Floats:
        _, sf, jump = self._parts(x)
        return (self.mean - x) * sf + self.mean * jump

    def second_loss(self, x: Floats) -> Floats:
        return self.tails(x)[2]

    def tails(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        u, sf, jump = self._parts(x)
        gap = self.mean - x
        bend = jump * self.scale * self.mean * (self.shape + 1.0 - u)
        return sf, gap * sf + self.mean * jump, 0.5 * ((gap * gap + self.std**2) * sf + bend)

    def ppf(self, p: Floats) -> Floats:
        return self.scale * sc.gammaincinv(self.shape, p)

    def from_normal(self, level: Floats) -> Floats:
        # Wilson-Hilferty: the cube root of a gamma is nearly normal
        ninth = 1.0 / (9.0 * self.shape)
        root = 1.0 - ninth + (level - self.mean) / self.std * np.sqrt(ninth)
        return np.where(root > 0.0, self.mean * root**3, np.minimum(level, 0.0))


class LogNormal(Family):
    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        square = np.log1p((std / mean) ** 2)
        self.sigma = np.sqrt(square)
        self.mu = np.log(mean) - 0.5 * square

    def density(self, x: Floats) -> Floats:
        z = (np.log(x) - self.mu) / self.sigma
        return np.exp(-0.5 * z * z) / (_ROOT_2_PI * self.sigma * x)

    def cdf(self, x: Floats) -> Floats:
        return sc.ndtr((np.log(x) - self.mu) / self.sigma)

    def sf(self, x: Floats) -> Floats:
        return sc.ndtr((self.mu - np.log(x)) / self.sigma)

    def loss(self, x: Floats) -> Floats:
        d = (self.mu - np.log(x)) / self.sigma
        return self.mean * sc.ndtr(d + self.sigma) - x * sc.ndtr(d)

    def second_loss(self, x: Floats) -> Floats:
        d = (self.mu - np.log(x)) / self.sigma
        square = (self.mean**2 + self.std**2) * sc.ndtr(d + 2.0 * self.sigma)
        return 0.5 * (square - 2.0 * x * self.mean * sc.ndtr(d + self.sigma) + x * x * sc.ndtr(d))

    def ppf(self, p: Floats) -> Floats:
        return np.exp(self.mu + self.sigma * sc.ndtri(p))


class Weibull(Family):
    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        self.shape = self._solve_shape(std / mean)
        self.inverse = 1.0 / self.shape
        self.scale = mean / sc.gamma(1.0 + self.inverse)

    @staticmethod
    def _solve_shape(cv: Floats) -> Floats:
        target = np.log1p(cv * cv)
        a = 0.8 * cv  # of 1/shape: Newton on the logarithm of the excess
        for _ in range(_STEPS):
            excess = sc.gammaln(1.0 + 2.0 * a) - 2.0 * sc.gammaln(1.0 + a)
            slope = 2.0 * (sc.psi(1.0 + 2.0 * a) - sc.psi(1.0 + a))
            step = np.log(target / excess) * excess / slope
            a = np.maximum(a + step, 0.1 * a)
            if (np.abs(step) <= 1e-12 * a).all():
                break
        return 1.0 / a

    def _power(self, x: Floats) -> Floats:
        return (np.maximum(x, 0.0) / self.scale) ** self.shape

    def density(self, x: Floats) -> Floats:
        u = self._power(x)
        return self.shape / x * u * np.exp(-u)

    def cdf(self, x: Floats) -> Floats:
        return -np.expm1(-self._power(x))

    def sf(self, x: Floats) -> Floats:
        return np.exp(-self._power(x))

    def loss(self, x: Floats) -> Floats:
        return self.mean * sc.gammaincc(self.inverse, self._power(x))

    def second_loss(self, x: Floats) -> Floats:
        u = self._power(x)
        square = 0.5 * (self.mean**2 + self.std**2) * sc.gammaincc(2.0 * self.inverse, u)
        return square - x * self.mean * sc.gammaincc(self.inverse, u)

    def ppf(self, p: Floats) -> Floats:
        return self.scale * (-np.log1p(-p)) ** self.inverse


class Uniform(Family):
    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        half = np.sqrt(3.0) * std
        self.low, self.high, self.width = mean - half, mean + half, 2.0 * half

    def density(self, x: Floats) -> Floats:
        return np.where((x >= self.low) & (x <= self.high), 1.0 / self.width, 0.0)

    def cdf(self, x: Floats) -> Floats:
        return np.clip((x - self.low) / self.width, 0.0, 1.0)

    def sf(self, x: Floats) -> Floats:
        return np.clip((self.high - x) / self.width, 0.0, 1.0)

    def loss(self, x: Floats) -> Floats:
        above = np.maximum(self.high - x, 0.0)
        return np.where(x < self.low, self.mean - x, above * above / (2.0 * self.width))

    def second_loss(self, x: Floats) -> Floats:
        above, gap = np.maximum(self.high - x, 0.0), self.mean - x
        all_above = 0.5 * (gap * gap + self.std**2)
        return np.where(x < self.low, all_above, above**3 / (6.0 * self.width))

    def ppf(self, p: Floats) -> Floats:
        return self.low + p * self.width


class Counting(Family):
    """Integer demand with pmf(k + 1)/pmf(k) = (alpha + beta k)/(k + 1); the losses need only sf and pmf."""

    integer = True
    alpha: Floats
    beta: Floats | float

    def loss(self, x: Floats) -> Floats:
        return self.tails(x)[1]

    def second_loss(self, x: Floats) -> Floats:
        return self.tails(x)[2]

    def tails(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        k, negative = np.maximum(x, 0.0), x < 0.0
        sf, mass, beta = self.sf(k), self.density(k), self.beta
        above = self.mean * (sf + mass) + k * mass * beta / (1.0 - beta)  # E[X; X > k]
        from_k = above + k * mass
        square = ((self.alpha + beta) * from_k + beta * k * (k - 1.0) * mass) / (1.0 - beta)
        loss = above - k * sf
        second = 0.5 * (square - 2.0 * k * above + k * (k + 1.0) * sf)
        if negative.any():
            gap = self.mean - x
            sf, loss = np.where(negative, 1.0, sf), np.where(negative, gap, loss)
            second = np.where(negative, 0.5 * (self.std**2 + gap * gap - gap), second)
        return sf, loss, second

    def ppf(self, p: Floats) -> Floats:
        z = sc.ndtri(p)
        skew = (2.0 * self.std**2 / self.mean - 1.0) / self.std
        start = self.mean + self.std * (z + skew * (z * z - 1.0) / 6.0)  # Cornish-Fisher

        def short(k: Floats, rows: Any) -> tuple[Floats, Floats]:
            part = self if rows.size == p.size else self.rows(rows)
            return part.sf(k), part.density(k)

        return smallest_integer(short, 1.0 - p, start, -1.0)


class Poisson(Counting):
    def __init__(self, mean: Floats) -> None:
        self.parameters = (mean,)
        self.mean, self.std = mean, np.sqrt(mean)
        self.alpha, self.beta = mean, 0.0

    def over(self, periods: Floats) -> Poisson:
        return Poisson(self.mean * periods)

    def density(self, x: Floats) -> Floats:
        return np.exp(sc.xlogy(x, self.mean) - self.mean - sc.gammaln(x + 1.0))

    def cdf(self, x: Floats) -> Floats:
        return sc.pdtr(x, self.mean)

    def sf(self, x: Floats) -> Floats:
        return sc.pdtrc(x, self.mean)


class NegativeBinomial(Counting):
    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        self.prob = mean / (std * std)
        self.size = mean * self.prob / (1.0 - self.prob)
        self.beta = 1.0 - self.prob
        self.alpha = self.size * self.beta

    def over(self, periods: Floats) -> NegativeBinomial:
        return NegativeBinomial(self.mean * periods, self.std * np.sqrt(periods))

    def density(self, x: Floats) -> Floats:
        r = self.size
        choose = sc.gammaln(r + x) - sc.gammaln(r) - sc.gammaln(x + 1.0)
        return np.exp(choose + r * np.log(self.prob) + x * np.log1p(-self.prob))

    def cdf(self, x: Floats) -> Floats:
        return sc.betainc(self.size, x + 1.0, self.prob)

    def sf(self, x: Floats) -> Floats:
        return sc.betainc(x + 1.0, self.size, self.beta)


class Binomial(Counting):
    def __init__(self, trials: Floats, prob: Floats) -> None:
        self.parameters = (trials, prob)
        self.trials, self.prob = trials, prob
        self.mean, self.std = trials * prob, np.sqrt(trials * prob * (1.0 - prob))
        self.beta = -prob / (1.0 - prob)
        self.alpha = trials * prob / (1.0 - prob)

    def density(self, x: Floats) -> Floats:
        n = self.trials
        choose = sc.gammaln(n + 1.0) - sc.gammaln(x + 1.0) - sc.gammaln(n - x + 1.0)
        return np.exp(choose + sc.xlogy(x, self.prob) + sc.xlog1py(n - x, -self.prob))

    def cdf(self, x: Floats) -> Floats:
        return sc.bdtr(x, self.trials.astype(np.int64), self.prob)

    def sf(self, x: Floats) -> Floats:
        return sc.bdtrc(x, self.trials.astype(np.int64), self.prob)


class BinomialMixture(Counting):
    """Two binomials of neighbouring trials and one probability (Adan, van Eenige and Resing 1995)."""

    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        a = (std**2 - mean) / mean**2
        k = np.maximum(np.floor(-1.0 / a * (1.0 + 1e-12)), 1.0)
        v = k * (k + 1.0) / (k + np.sqrt(np.maximum(-k - a * k * (k + 1.0), 0.0)))
        self.weight = k + 1.0 - v
        self.parts = (Binomial(k, mean / v), Binomial(k + 1.0, mean / v))

    def _mix(self, first: Floats, second: Floats) -> Floats:
        return second + self.weight * (first - second)

    def _both(self, name: str, x: Floats) -> Floats:
        beyond = 1.0 if name == "cdf" else 0.0
        first, second = (
            np.where(x > part.trials, beyond, getattr(part, name)(np.minimum(x, part.trials)))
            for part in self.parts
        )
        return self._mix(first, second)

    def density(self, x: Floats) -> Floats:
        return self._both("density", x)

    def cdf(self, x: Floats) -> Floats:
        return self._both("cdf", x)

    def sf(self, x: Floats) -> Floats:
        return self._both("sf", x)

    def tails(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        few, more = (part.tails(np.minimum(x, part.trials)) for part in self.parts)
        sf, loss, second = (self._mix(a, b) for a, b in zip(few, more, strict=True))
        return sf, loss, second


class MatchedInteger(Family):
    """Binomial mixture, Poisson or negative binomial by the variance, each on its own rows."""

    integer = True

    def __init__(self, mean: Floats, std: Floats) -> None:
        self.parameters = (mean, std)
        self.mean, self.std = mean, std
        ratio = std**2 / mean - 1.0
        masks = (ratio < -1e-12, np.abs(ratio) <= 1e-12, ratio > 1e-12)
        below, equal, above = self.masks = tuple(np.flatnonzero(mask) for mask in masks)
        self.parts: Sequence[Family] = (
            BinomialMixture(mean[below], std[below]),
            Poisson(mean[equal]),
            NegativeBinomial(mean[above], std[above]),
        )

    def _each(self, name: str, x: Floats) -> Floats:
        out = np.empty_like(x)
        for rows, part in zip(self.masks, self.parts, strict=True):
            out[rows] = getattr(part, name)(x[rows])
        return out

    def density(self, x: Floats) -> Floats:
        return self._each("density", x)

    def cdf(self, x: Floats) -> Floats:
        return self._each("cdf", x)

    def sf(self, x: Floats) -> Floats:
        return self._each("sf", x)

    def loss(self, x: Floats) -> Floats:
        return self._each("loss", x)

    def second_loss(self, x: Floats) -> Floats:
        return self._each("second_loss", x)

    def ppf(self, p: Floats) -> Floats:
        return self._each("ppf", p)


FAMILIES: dict[str, type[Family]] = {
    "normal": Normal,
    "gamma": Gamma,
    "lognormal": LogNormal,
    "weibull": Weibull,
    "uniform": Uniform,
    "poisson": Poisson,
    "negative_binomial": NegativeBinomial,
    "binomial": Binomial,
    "matched_integer": MatchedInteger,
}
