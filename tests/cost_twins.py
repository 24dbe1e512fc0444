"""Slow, readable twins of the cost optimisers, on tables of G(y) and of the demand between two looks.

`Tables` holds both for one item, straight from scipy's probabilities. The two searches try everything; the
two algorithms are those of the compiled kernel, in plain Python.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

LOG_SERIES = 400  # batch sizes kept


class Tables:
    """G(y) = h E(y - X)+ + b E(X - y)+, averaged over the period ends, and how the position is looked at."""

    def __init__(self, pmf, lead_time, review, costs, low=-60, high=160, demands=400):
        self.holding, self.backorder, self.fixed = costs
        self.low = low
        y = np.arange(low, high)[:, None]
        x = np.arange(demands)
        ends = range(1, review + 1) if review else (0,)
        cost = self.holding * np.maximum(y - x, 0) + self.backorder * np.maximum(x - y, 0)
        self.cost = np.mean([cost @ pmf(lead_time + k, x) for k in ends], axis=0)
        self.looks, self.jump = 1.0 / review if review else None, None
        if review:
            self.jump = pmf(review, x)

    def watched(self, rate, batches):
        """Under continuous review: customers at a rate, and the probabilities of 0, 1, 2, ... units."""
        self.looks, self.jump = rate, batches
        return self

    def g(self, y):
        """G at one position."""
        return self.cost[y - self.low]

    def orders(self, quantity):
        """Orders per period of (s,Q): looks times E min(jump, Q)/Q."""
        x = np.arange(self.jump.size)
        return self.looks * (np.minimum(x, quantity) @ self.jump) / quantity

    def renewals(self, count):
        """m(j), the expected looks that find j units ordered since the last order."""
        moves, last = 1.0 - self.jump[0], self.jump.size - 1
        m = [1.0 / moves]
        for j in range(1, count):
            m.append(sum(self.jump[i] * m[j - i] for i in range(1, min(j, last) + 1)) / moves)
        return np.array(m)

    def reorder_cost(self, s, quantity):
        """Cost of (s,Q)."""
        return self.fixed * self.orders(quantity) + np.mean(
            [self.g(y) for y in range(s + 1, s + quantity + 1)]
        )

    def min_max_cost(self, s, up_to):
        """Cost of (s,S)."""
        m = self.renewals(up_to - s)
        stock = sum(m[j] * self.g(up_to - j) for j in range(up_to - s))
        return (self.fixed * self.looks + stock) / m.sum()


def cheapest_reorder(t, largest=90):
    """Least cost over every s and every Q up to the largest."""
    sums = np.concatenate([[0.0], np.cumsum(t.cost)])
    best = np.inf
    for quantity in range(1, largest + 1):
        averages = (sums[quantity:] - sums[:-quantity]) / quantity
        best = min(best, t.fixed * t.orders(quantity) + averages.min())
    return best


def cheapest_min_max(t, widest=70):
    """Least cost over every S and every S - s up to the widest."""
    m = t.renewals(widest)
    best = np.inf
    for gap in range(1, widest + 1):
        stock = np.convolve(t.cost, m[:gap], mode="valid")
        best = min(best, (t.fixed * t.looks + stock.min()) / m[:gap].sum())
    return best


def greedy_reorder(t):
    """Federgruen and Zheng (1992): positions in the order of G, until the next is no better than the average."""
    low = high = t.low + int(np.argmin(t.cost))
    total, best, answer = t.g(low), np.inf, None
    while True:
        quantity = high - low + 1
        value = t.fixed * t.orders(quantity) + total / quantity
        if value < best:
            best, answer = value, (low - 1, quantity)
        if min(t.g(low - 1), t.g(high + 1)) >= best:
            return answer
        if t.g(low - 1) <= t.g(high + 1):
            low -= 1
            total += t.g(low)
        else:
            high += 1
            total += t.g(high)


def walk_min_max(t, widest):
    """Zheng and Federgruen (1991): the best s for S at the minimum of G, then larger S, s rising with it."""
    m = t.renewals(widest)

    def cost(s, up_to):
        stock = sum(m[j] * t.g(up_to - j) for j in range(up_to - s))
        return (t.fixed * t.looks + stock) / m[: up_to - s].sum()

    top = t.low + int(np.argmin(t.cost))
    s = top - 1
    while cost(s, top) > t.g(s):
        s -= 1
    best, answer, up_to = cost(s, top), (s, top), top + 1
    while t.g(up_to) <= best:
        if cost(s, up_to) < best:
            best = cost(s, up_to)
            while up_to - s > 1 and best < t.g(s + 1):
                s += 1
                best = cost(s, up_to)
            answer = (s, up_to)
        up_to += 1
    return answer


def poisson(mean):
    """Probabilities of x over T periods."""
    return lambda periods, x: stats.poisson.pmf(x, mean * periods)


def negative_binomial(size, prob):
    """Failures before the size-th success."""

    def pmf(periods, x):
        return stats.nbinom.pmf(x, size * periods, prob) if periods else 1.0 * (x == 0)

    return pmf


def binomial(trials, prob):
    """Successes."""
    return lambda periods, x: stats.binom.pmf(x, trials * periods, prob)


def log_series(size, prob):
    """Rate and batch law of the customers behind negative binomial demand."""
    batches = np.concatenate([[0.0], stats.logser.pmf(np.arange(1, LOG_SERIES), 1 - prob)])
    return -size * np.log(prob), batches


UNIT = np.array([0.0, 1.0])
