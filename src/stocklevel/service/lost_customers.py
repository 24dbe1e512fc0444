"""Customers from whom lost sales under continuous review are played."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from stocklevel._kernels import SF
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Gamma
from stocklevel.distributions.jumps import Jumps
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import Rule
from stocklevel.service.lost_tables import cells, quantiles, stepped
from stocklevel.service.regimes import Jumping, Regime

_MANY = 128.0  # customers in a lead time; more are gathered
_FINE = 4.0  # steps to the spread over a lead time, and in the time between orders
_FEWEST, _MOST = 32.0, 512.0  # in a lead time
_SIZE = cells().beyond.size
_LEAST = 1e-3  # of the highest position, what orders that come at once are of, at least


class Customers(NamedTuple):
    """Who come, or steps of time with what is asked for in them, as tables of quantiles."""

    rate: FloatArray  # per period
    varied: FloatArray  # coefficient of variation of the time between two
    wants: FloatArray  # the table of what one wants
    below: FloatArray  # by how much more than demand itself steps fall below the trigger
    wait: FloatArray  # what lead times are longer by, where an order leaves with a customer and the next is not so near
    raised: FloatArray  # what triggers are higher by, of demand that never jumps past them
    steps: Mask  # rows of steps

    @classmethod
    def of(cls, regime: Regime, rule: Rule) -> Self:
        """Customers of each row, or steps: where customers are many, or demand is not of whole units."""
        x = regime.exposure
        count, lead, std = len(x), np.asarray(x.lead_time.mean), np.asarray(x.demand.std)
        whole, jumping = np.asarray(x.is_integer), isinstance(regime, Jumping)
        rate, varied, wants = x.rate.copy(), np.ones(count), np.ones((count, _SIZE))
        if jumping:
            rate[whole] = x.jumps[whole]._measure(SF, np.zeros(int(whole.sum())))
        else:
            varied = std / np.sqrt(x.rate)
        steps = ~whole | (rate * lead > _MANY)
        few, many = np.flatnonzero(~steps), np.flatnonzero(steps)
        if jumping:
            wants[few] = batches(x.jumps[few])
        wait = 0.5 * (1.0 - varied**2) / rate
        below, raised = np.zeros((2, count))
        length = _length(x, rule, np.where(whole | jumping, 0.5, 0.0))
        rate[many], varied[many], wait[many] = 1.0 / length[many], 0.0, 0.0
        below[many] = 0.5 * (x.rate * length)[many]
        known = many[whole[many] | jumping]
        wants[known] = quantiles(x.demand[known].over(length[known]))
        free = many[~(whole[many] | jumping)]
        mean, spread = x.rate * length, std * np.sqrt(length)
        wants[free] = quantiles(Gamma(mean[free], spread[free]))
        wait[free] = 0.5 * length[free]
        raised[free] = _raised(rule, 0.5 * (mean + spread**2 / mean))[free]
        return cls(rate, varied, wants, below, wait, raised, steps)

    def gaps(self) -> FloatArray:
        """The table of the time between two."""
        return quantiles(Gamma(1.0 / self.rate, self.varied / self.rate))


def _length(x: Exposure, rule: Rule, part: FloatArray) -> FloatArray:
    """Of steps, of which a lead time is a whole number and a part.

    Orders are late by half a step, in the mean, where the trigger is not raised.
    """
    lead = np.asarray(x.lead_time.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = _FINE * x.rate * np.sqrt(lead) / np.asarray(x.demand.std)
        between = _FINE * x.rate * lead / rule.gap
        wanted = np.maximum(wanted, np.where(rule.gap > 0, between, 0.0))
    steps = np.round(np.clip(np.nan_to_num(wanted), _FEWEST, _MOST)) + part
    return np.where(lead > 0, lead, np.maximum(rule.gap, _LEAST * rule.top) / x.rate) / steps


def _raised(rule: Rule, below: FloatArray) -> FloatArray:
    """So that orders leave at the trigger in the mean; not past a multiple of Q: the position of empty stock."""
    with np.errstate(divide="ignore", invalid="ignore"):
        room = rule.gap * (np.floor(rule.trigger / rule.gap) + 1.0) - rule.trigger
    return np.where(rule.gap > 0, np.minimum(below, room * (1.0 - 1e-9)), 0.0)


def batches(jumps: Jumps) -> FloatArray:
    """The table of what a customer wants, in whole units."""
    out = np.empty((len(jumps), _SIZE))
    rate = jumps._measure(SF, np.zeros(len(jumps)))
    for row in range(len(jumps)):
        one, last = jumps[row : row + 1], 16.0
        while one._measure(SF, np.full(1, last))[0] > rate[row] * cells().beyond[-1]:
            last *= 2.0
        rows = Rows(np.array([int(last) + 1]))
        out[row] = stepped(one._along(SF, rows, rows.places()) / rate[row])
    return out
