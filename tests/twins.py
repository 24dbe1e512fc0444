"""Slow, readable twins of the demand kernels: every function by its definition, 30 digits.

`density`, `cdf`, `sf`, `loss`, `complementary_loss` and `second_loss` take a family, its natural
parameters and x. Each is an expectation over the demand on one side of x: an integral for
continuous families, a sum for integer ones. No closed form, no identity, no special function
beyond the density itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mpmath import mp, mpf

DIGITS = 30
CONTINUOUS = ("normal", "lognormal", "gamma", "weibull", "uniform")
INTEGER = ("poisson", "negative_binomial", "binomial", "matched_integer")

Number = float | mpf
Weight = Callable[[mpf], mpf]


# --- densities and probabilities, as the textbooks print them --------------------------------


def normal_density(mean, std, x):
    return mp.exp(-(((x - mean) / std) ** 2) / 2) / (std * mp.sqrt(2 * mp.pi))


def lognormal_density(mu, sigma, x):
    return normal_density(mu, sigma, mp.log(x)) / x if x > 0 else mpf(0)


def gamma_density(shape, scale, x):
    if x <= 0:
        return mpf(0)
    return x ** (shape - 1) * mp.exp(-x / scale) / (mp.gamma(shape) * scale**shape)


def weibull_density(shape, scale, x):
    if x <= 0:
        return mpf(0)
    return shape / scale * (x / scale) ** (shape - 1) * mp.exp(-((x / scale) ** shape))


def uniform_density(low, high, x):
    return 1 / (mpf(high) - low) if low <= x <= high else mpf(0)


def poisson_pmf(mean, k):
    return mp.exp(-mean) * mean**k / mp.factorial(k)


def negative_binomial_pmf(mean, size, k):
    """k failures before the size-th success."""
    prob = size / (size + mean)
    ways = mp.gamma(size + k) / (mp.gamma(size) * mp.factorial(k))
    return ways * prob**size * (1 - prob) ** k


def binomial_pmf(trials, prob, k):
    return mp.binomial(trials, k) * prob**k * (1 - prob) ** (trials - k) if k <= trials else mpf(0)


@mp.workdps(DIGITS + 20)  # near Poisson a is a tiny difference, and trials or size are huge
def matched_integer_pmf(mean, std, k):
    """Adan, van Eenige and Resing 1995; above Poisson variance a negative binomial of real size."""
    variance = std**2
    a = (variance - mean) / mean**2
    if a == 0:
        return poisson_pmf(mean, k)
    if a > 0:
        return negative_binomial_pmf(mean, 1 / a, k)
    if a == -1:
        return binomial_pmf(1, mean, k)
    trials = mp.floor(-1 / a)
    weight = (1 + a * (1 + trials) + mp.sqrt(-a * trials * (1 + trials) - trials)) / (1 + a)
    prob = mean / (trials + 1 - weight)
    fewer, more = binomial_pmf(trials, prob, k), binomial_pmf(trials + 1, prob, k)
    return weight * fewer + (1 - weight) * more


PMF = {
    "poisson": poisson_pmf,
    "negative_binomial": negative_binomial_pmf,
    "binomial": binomial_pmf,
    "matched_integer": matched_integer_pmf,
}
DENSITY = {
    "normal": normal_density,
    "lognormal": lognormal_density,
    "gamma": gamma_density,
    "weibull": weibull_density,
    "uniform": uniform_density,
    **PMF,
}


def mean_and_std(family: str, parameters: Sequence[Number]) -> tuple[mpf, mpf]:
    first, second = [mpf(p) for p in (*parameters, 0)[:2]]
    if family == "lognormal":
        mean = mp.exp(first + second**2 / 2)
        return mean, mean * mp.sqrt(mp.expm1(second**2))
    if family == "gamma":
        return first * second, mp.sqrt(first) * second
    if family == "weibull":
        mean, square = (second**n * mp.gamma(1 + n / first) for n in (1, 2))
        return mean, mp.sqrt(square - mean**2)
    if family == "uniform":
        return (first + second) / 2, (second - first) / mp.sqrt(12)
    if family == "poisson":
        return first, mp.sqrt(first)
    if family == "negative_binomial":
        return first, mp.sqrt(first + first**2 / second)
    if family == "binomial":
        return first * second, mp.sqrt(first * second * (1 - second))
    return first, second


# --- expectations ----------------------------------------------------------------------------


def sum_above(family, parameters, weight, x):
    """Sum of weight(k) pmf(k) over k > x, until what is left cannot matter."""
    mean, std = mean_and_std(family, parameters)
    total, k = mpf(0), max(mp.floor(x) + 1, mpf(0))
    while True:
        term = weight(k) * PMF[family](*parameters, k)
        total += term
        if k > max(mean + std, x) + 2 and term <= total * mpf(10) ** (-DIGITS):
            return total
        k += 1


def sum_up_to(family, parameters, weight, x):
    ks = range(int(mp.floor(x)) + 1)
    return mp.fsum(weight(k) * PMF[family](*parameters, mpf(k)) for k in ks)


def integral(family, parameters, weight, low, high):
    """Integral of weight(t) density(t); lognormal, gamma and Weibull demand over y = log t."""
    mean, std = mean_and_std(family, parameters)
    if family == "uniform":  # no tails
        low, high = max(low, parameters[0]), min(high, parameters[1])
        if low >= high:
            return mpf(0)
        ends = weight(low) + weight(high)  # Simpson's rule: the weights are at most quadratic
        return (
            (high - low)
            * (ends + 4 * weight((low + high) / 2))
            / 6
            * uniform_density(*parameters, low)
        )
    if family == "normal":
        middle, width = mean, std

        def integrand(t):
            return weight(t) * normal_density(*parameters, t)

    else:
        if high <= 0:
            return mpf(0)
        if family == "gamma":  # what lies further is less than e^-100 of what lies before
            high = min(high, 2 * max(low, mean) + 400 * parameters[1])
        if family == "weibull":  # the same with e^-200
            shape, scale = parameters
            high = min(high, scale * ((max(low, 0) / scale) ** shape + 200) ** (1 / shape))
        low, high = (mp.log(t) if t > 0 else mp.ninf for t in (low, high))
        middle, width = mp.log(mean), mp.sqrt(mp.log1p((std / mean) ** 2))

        def integrand(y):
            t = mp.exp(y)
            return weight(t) * DENSITY[family](*parameters, t) * t

    edges = [middle + width * n for n in range(-40, 41, 4)]
    edge = low if mp.isfinite(low) else high  # the integrand may fall fast from here
    edges += [edge + width * sign * mpf(4) ** -n for n in range(5) for sign in (-1, 1)]
    edges = sorted(e for e in edges if low < e < high)
    peak = max(map(integrand, edges))  # mp.quad refines until the absolute error is small
    return peak * mp.quad(lambda t: integrand(t) / peak, [low, *edges, high])


def expectation_above(family: str, parameters: Sequence[Number], weight: Weight, x: Number) -> mpf:
    """E[weight(X); X > x]."""
    parameters = [mpf(p) for p in parameters]
    if family in PMF:
        return sum_above(family, parameters, weight, mpf(x))
    return integral(family, parameters, weight, mpf(x), mp.inf)


def expectation_up_to(family: str, parameters: Sequence[Number], weight: Weight, x: Number) -> mpf:
    """E[weight(X); X <= x]."""
    parameters = [mpf(p) for p in parameters]
    if family in PMF:
        return sum_up_to(family, parameters, weight, mpf(x))
    return integral(family, parameters, weight, mp.ninf, mpf(x))


# --- the functions of a distribution ---------------------------------------------------------


@mp.workdps(DIGITS)
def density(family: str, parameters: Sequence[Number], x: Number) -> mpf:
    """Density, or the probability of the whole number x."""
    if family in PMF and (x < 0 or x != mp.floor(x)):
        return mpf(0)
    return DENSITY[family](*map(mpf, parameters), mpf(x))


@mp.workdps(DIGITS)
def cdf(family: str, parameters: Sequence[Number], x: Number) -> mpf:
    """P(X <= x)."""
    return expectation_up_to(family, parameters, lambda t: mpf(1), x)


@mp.workdps(DIGITS)
def sf(family: str, parameters: Sequence[Number], x: Number) -> mpf:
    """P(X > x)."""
    return expectation_above(family, parameters, lambda t: mpf(1), x)


@mp.workdps(DIGITS)
def loss(family: str, parameters: Sequence[Number], x: Number) -> mpf:
    """E[(X - x)+]."""
    return expectation_above(family, parameters, lambda t: t - x, x)


@mp.workdps(DIGITS)
def complementary_loss(family: str, parameters: Sequence[Number], x: Number) -> mpf:
    """E[(x - X)+]."""
    return expectation_up_to(family, parameters, lambda t: x - t, x)


@mp.workdps(DIGITS)
def second_loss(family: str, parameters: Sequence[Number], x: Number) -> mpf:
    """E[((X - x)+)^2]/2; for integer demand and whole x E[(X - x)+ (X - x - 1)+]/2."""
    one = 1 if family in PMF else 0
    return expectation_above(family, parameters, lambda t: (t - x) * (t - x - one) / 2, x)
