"""Customers from whom lost sales under continuous review are played."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from stocklevel._kernels import SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Gamma
from stocklevel.distributions.jumps import Jumps
from stocklevel.ragged import Rows
from stocklevel.service.lost_chain import Rule
from stocklevel.service.lost_tables import WIDE, cells, mean_of, quantiles, stepped
from stocklevel.service.regimes import Jumping, Regime

_MANY = 128.0  # customers in a lead time; more are gathered into so many steps of even length
_POINTS = 2049  # of the law of jumps, between which it is interpolated
_SMALL = 0.5  # jumps without end up to here, in units of variance over mean, are of one size


class Customers(NamedTuple):
    """Who come, or steps of time with what is asked for in them, as tables of quantiles."""

    rate: FloatArray  # per period
    varied: FloatArray  # coefficient of variation of the time between two
    wants: FloatArray  # the table of what one wants
    late: FloatArray  # by how much more steps fall below the trigger than demand does
    wait: FloatArray  # half a step: what is asked for within one comes at its end

    @classmethod
    def of(cls, regime: Regime, rule: Rule) -> Self:
        """Customers of each row; rates of many are of steps."""
        x = regime.exposure
        count, lead, std = len(x), np.asarray(x.lead_time.mean), np.asarray(x.demand.std)
        whole = np.asarray(x.is_integer)
        rate, varied, (late, wait) = x.rate.copy(), np.ones(count), np.zeros((2, count))
        wants = np.ones((count, cells().beyond.size))
        if isinstance(regime, Jumping):
            rate, wants = jump_sizes(x.jumps, x.rate, std)
            stepped_rows = rate * lead > _MANY
        else:
            varied = std / np.sqrt(x.rate)
            stepped_rows = ~whole | (rate * lead > _MANY)
        rows = np.flatnonzero(stepped_rows)
        if rows.size:
            length = np.where(lead > 0, lead, rule.gap / x.rate)[rows] / _MANY
            rate[rows], varied[rows], wait[rows] = 1.0 / length, 0.0, 0.5 * length
            late[rows] = x.rate[rows] * wait[rows]
            if isinstance(regime, Jumping) or np.all(whole):
                wants[rows] = quantiles(x.demand[rows].over(length))
            else:  # never jumps past a level
                mean, spread = x.rate[rows] * length, std[rows] * np.sqrt(length)
                wants[rows] = quantiles(Gamma(mean, spread))
                late[rows] += 0.5 * std[rows] ** 2 / x.rate[rows]
        return cls(rate, varied, wants, np.zeros(count) if rule.per_review else late, wait)

    def gaps(self) -> FloatArray:
        """The table of the time between two."""
        return quantiles(Gamma(1.0 / self.rate, self.varied / self.rate))


def jump_sizes(jumps: Jumps, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Customers per period of each row, and the table of what one wants.

    Small jumps without end are fewer of one size, by which mean and variance are kept.
    """
    at = cells()
    rate, out = np.empty(len(jumps)), np.empty((len(jumps), at.beyond.size))
    for row in range(len(jumps)):
        one, scale = jumps[row : row + 1], std[row] ** 2 / mean[row]
        rate[row] = one._measure(SF, np.zeros(1))[0]
        least = 0.0 if np.isfinite(rate[row]) else _SMALL * scale
        often = one._measure(SF, np.full(1, least))[0]  # of those above the least
        last = _last(one, often * at.beyond[-1], scale)
        if jumps.is_integer and last < 20 * WIDE:
            rows = Rows(np.array([int(last) + 1]))
            out[row] = stepped(one._along(SF, rows, rows.places()) / often)
            continue
        x = np.geomspace(max(least, 1e-6 * last), last, _POINTS)
        beyond = one._along(SF, Rows(np.array([x.size])), x)
        beyond = -np.log(np.maximum(beyond, 1e-300) / often)
        large = np.interp(-np.log(at.beyond), beyond, x)
        if jumps.is_integer:
            out[row] = np.maximum(np.round(large), 1.0)
            continue
        rest = mean[row] - often * mean_of(large)
        if least > 0.0:
            size = (std[row] ** 2 - often * mean_of(large**2)) / rest
            rate[row] = often + rest / size
            large = np.interp(-np.log(at.beyond * (rate[row] / often)), beyond, x, left=size)
        out[row] = large
    return rate, out


def _last(jumps: Jumps, rate: float, start: float) -> float:
    """What jumps exceed at a rate no higher."""
    last = 16.0 * start
    while jumps._measure(SF, np.full(1, last))[0] > rate:
        last *= 1.5
    return last
