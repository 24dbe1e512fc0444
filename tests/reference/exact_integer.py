"""The values of the integer families by mpmath; see exact.py for what they are."""

from __future__ import annotations

from exact import Values, after_the_support, before_the_support, sums
from mpmath import mp, mpf

MOST_TERMS = 50_000  # a direct sum expected to be longer is left for an incomplete beta function


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

    if k < min(mean, MOST_TERMS) or 17 * mp.sqrt(variance) + 140 / p < MOST_TERMS:
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
