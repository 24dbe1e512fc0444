"""Policies of least cost in numpy and scipy, for Poisson demand: rows one after the other, each as whole arrays.

Frozen as baselines.py is.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sc
from baselines import Floats

_WIDTH = 10.0  # standard deviations, and twice the economic order quantity, around the minimum of G


def _curve(mean: float, h: float, b: float, eoq: float) -> tuple[int, int, Floats]:
    """First position, where the minimum is, and G(y) = h E(y - X)+ + b E(X - y)+ around it."""
    centre = int(sc.pdtrik(b / (b + h), mean)) + 1
    reach = int(3.0 * eoq + _WIDTH * np.sqrt(mean)) + 10
    y = np.arange(centre - reach, centre + reach)
    cdf = sc.pdtr(np.maximum(y, 0), mean)
    cdf[y < 0] = 0.0
    at = max(y[0], 0)
    left = mean - at  # E(X - y)+ - E(y - X)+
    lowest = cdf[: at - y[0] + 1].sum() if y[0] < 0 else _left(at, mean)
    first = h * lowest + b * (lowest + left)
    slopes = (h + b) * cdf - b
    cost = first + np.concatenate(([0.0], np.cumsum(slopes[:-1]))) - slopes[: at - y[0]].sum()
    return int(y[0]), int(cost.argmin()), cost


def _left(y: int, mean: float) -> float:
    """E(y - X)+."""
    return (y - mean) * sc.pdtr(y, mean) + mean * np.exp(
        sc.xlogy(y, mean) - mean - sc.gammaln(y + 1)
    )


def reorder_optimum(
    mean: Floats, lead_time: Floats, h: Floats, b: Floats, k: Floats
) -> dict[str, Floats]:
    """(s,Q), R = 0: the Q smallest values of G, for every Q at once."""
    out = np.empty((2, mean.size))
    for i in range(mean.size):
        eoq = np.sqrt(2 * k[i] * mean[i] * (h[i] + b[i]) / (h[i] * b[i]))
        low, _, cost = _curve(mean[i] * lead_time[i], h[i], b[i], eoq)
        order = np.argsort(cost, kind="stable")
        averages = (k[i] * mean[i] + np.cumsum(cost[order])) / np.arange(1, cost.size + 1)
        best = int(averages.argmin()) + 1
        out[:, i] = low + order[:best].min() - 1, best
    return {"reorder_point": out[0], "order_quantity": out[1]}


def min_max_optimum(
    mean: Floats, lead_time: Floats, h: Floats, b: Floats, k: Floats
) -> dict[str, Floats]:
    """(R,s,S), R = 1, by Zheng and Federgruen; renewals and costs as dot products."""
    out = np.empty((2, mean.size))
    for i in range(mean.size):
        eoq = np.sqrt(2 * k[i] * mean[i] * (h[i] + b[i]) / (h[i] * b[i]))
        low, top, cost = _curve(mean[i] * (lead_time[i] + 1.0), h[i], b[i], eoq)
        x = np.arange(cost.size)
        p = np.exp(sc.xlogy(x, mean[i]) - mean[i] - sc.gammaln(x + 1)) / -np.expm1(-mean[i])
        m = np.empty(cost.size)
        m[0] = 1.0 / -np.expm1(-mean[i])
        known = 1
        total = [0.0, m[0]]
        s, best = top - 1, k[i] / m[0] + cost[top]
        held = m[0] * cost[top]
        while best > cost[s]:
            m[known] = p[1 : known + 1] @ m[known - 1 :: -1]
            held += m[known] * cost[s]
            total.append(total[-1] + m[known])
            known += 1
            best = (k[i] + held) / total[known]
            s -= 1
        up_to, at = top, top + 1
        while cost[at] <= best:
            n = at - s
            while known < n:
                m[known] = p[1 : known + 1] @ m[known - 1 :: -1]
                total.append(total[-1] + m[known])
                known += 1
            held = m[:n] @ cost[at:s:-1]
            if (k[i] + held) / total[n] < best:
                best, up_to = (k[i] + held) / total[n], at
                while n > 1 and best < cost[s + 1]:
                    held -= m[n - 1] * cost[s + 1]
                    n, s = n - 1, s + 1
                    best = (k[i] + held) / total[n]
            at += 1
        out[:, i] = low + s, low + up_to
    return {"reorder_point": out[0], "order_up_to_level": out[1]}
