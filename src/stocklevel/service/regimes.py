"""The service measures under periodic review (R >= 1) and continuous review (R = 0).

Each shortfall is one minus its measure, computed as such, so that service near 1 keeps its digits.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from stocklevel._kernels import LOSS, SF
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Averages, Demand
from stocklevel.distributions.jumps import Jumps
from stocklevel.lead_time import LeadTime
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import Lateness, PositionLaw, Remembered


class Shortfall(NamedTuple):
    """One minus a measure at a level of the law."""

    value: FloatArray
    slope: FloatArray | None = None  # in the level; NaN where it is not known
    one_below: FloatArray | None = None  # the value one unit lower, for integer demand


class Stock(NamedTuple):
    """Time averages at period ends."""

    on_hand: FloatArray
    backorders: FloatArray
    late: FloatArray  # 1 - period service level
    empty: FloatArray  # 1 - ready rate


class Periodic:
    """Review every R >= 1 periods, full backordering."""

    def __init__(self, exposure: Exposure) -> None:
        self.exposure = exposure

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(self.exposure[rows])

    @property
    def review(self) -> Demand:
        """Demand between two reviews."""
        return self.exposure.until_review

    @property
    def later(self) -> Demand:
        """Demand until the next receipt."""
        return self.exposure.until_next_receipt

    def unmet_fraction(self, law: PositionLaw) -> FloatArray:
        """1 - fill rate: backorders just before the next receipt less those just after this one.

        These are the units newly short in a review cycle, here over the demand of one.
        """
        x = self.exposure
        later, sooner = law.averages(x.until_next_receipt), law.averages(x.until_receipt)
        cycle = x.cycle
        short = later.loss - sooner.loss
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(short, cycle, out=short)
        np.maximum(short, 0.0, out=short)
        np.minimum(short, 1.0, out=short)
        quiet = cycle == 0
        return np.where(quiet, 0.0, short) if quiet.any() else short

    def unmet(self, law: PositionLaw) -> Shortfall:
        """The unmet fraction with its slope."""
        x = self.exposure
        short = self.unmet_fraction(law)
        later, sooner = law.averages(x.until_next_receipt), law.averages(x.until_receipt)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (sooner.reaches - later.reaches) / x.cycle
        # n1(y - 1) - n1(y) = P(X >= y): on integers the slope is the difference to one unit lower
        return Shortfall(short, slope, short - slope)

    def late(self, law: PositionLaw) -> Shortfall:
        """1 - period service level: share of period ends with net stock below zero."""
        return self._over_period_ends(law, "exceeds")

    def empty(self, law: PositionLaw) -> Shortfall:
        """1 - ready rate: share of period ends with no stock on hand."""
        return self._over_period_ends(law, "reaches")

    def stock(self, law: PositionLaw) -> Stock:
        """Averages over the period ends of a review cycle."""
        rows = len(self.exposure)
        if self.exposure.every_period:
            left = law.averages(self.exposure.until_period_end(1))
            return Stock(left.left, left.loss, left.exceeds, left.reaches)
        total = np.zeros((4, rows))
        for weight, averages in self._period_ends(law):
            for row, values in zip(
                total,
                (averages.left, averages.loss, averages.exceeds, averages.reaches),
                strict=True,
            ):
                row += np.where(weight > 0, weight * values, 0.0)
        return Stock(*total)

    def unmet_within(self, law: PositionLaw, wait: FloatArray) -> FloatArray:
        """Share of demand not served within a wait of whole periods, for positions >= 0.

        What is asked for j periods after a receipt can wait for the orders of later reviews: the last that arrives
        in time has seen all demand but that of the L + j - (its delay) periods before.
        """
        x = self.exposure
        review, lead = x.review_period, np.asarray(x.lead_time.mean)
        short = np.zeros(len(x))
        for j in range(1, int(np.max(review, initial=0)) + 1):
            seen = review * np.floor((j - 1 + wait) / review)
            length = np.where(j <= review, np.maximum(lead + j - seen, 0.0), 0.0)
            later, sooner = (
                law.averages(x._over(LeadTime(periods)))
                for periods in (length, np.maximum(length - 1.0, 0.0))
            )
            short += np.where(length > 0, later.loss - sooner.loss, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.clip(short / x.cycle, 0.0, 1.0)

    def tabulated(self, measure: str, rows: Rows, position: FloatArray) -> FloatArray:
        """The measure's shortfall at several positions of each row."""
        x = self.exposure
        if measure == "unmet":
            short = x.until_next_receipt._along(LOSS, rows, position)
            short -= x.until_receipt._along(LOSS, rows, position)
            return short / rows.spread(x.cycle)
        total = np.zeros(rows.size)
        place = _failing(measure, position)
        for k in range(1, int(np.max(x.review_period, initial=0)) + 1):
            weight = np.where(k <= x.review_period, 1.0 / x.review_period, 0.0)
            total += rows.spread(weight) * x.until_period_end(k)._along(SF, rows, place)
        return total

    def lateness(self, measure: str) -> tuple[Mask, Lateness]:
        """The measure's shortfall as one of the position, and the rows in which it is one."""
        x = self.exposure
        if measure == "unmet":
            found = Lateness(x.until_next_receipt, x.until_receipt, x.cycle)
            return found.solvable, found
        found = Lateness(x.until_period_end(1))
        return found.solvable & (x.review_period == 1), found

    def _over_period_ends(self, law: PositionLaw, name: str) -> Shortfall:
        value, slope = np.zeros((2, len(self.exposure)))
        for weight, averages in self._period_ends(law):
            mine = weight > 0
            value += np.where(mine, weight * getattr(averages, name), 0.0)
            slope -= np.where(mine, weight * averages.density, 0.0)
        return Shortfall(value, slope)

    def _period_ends(self, law: PositionLaw) -> Iterator[tuple[FloatArray, Averages]]:
        """Weight and averages of each period end k = 1..R."""
        review = self.exposure.review_period
        for k in range(1, int(np.max(review, initial=0)) + 1):
            demand = self.exposure.until_period_end(k)
            yield np.where(k <= review, 1.0 / review, 0.0), law.averages(demand)


def _failing(measure: str, position: FloatArray) -> FloatArray:
    """Places that whole demand must exceed to fail: P(X >= y) = P(X > y - 1)."""
    return position - 1.0 if measure == "empty" else position


class _AtAnyTime:
    """What continuous review (R = 0) measures over time, full backordering."""

    def __init__(self, exposure: Exposure) -> None:
        self.exposure = exposure

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(self.exposure[rows])

    def unmet_within(self, law: PositionLaw, wait: FloatArray) -> FloatArray:
        """Share of demand not served within a wait, for positions >= 0: orders come sooner by as much."""
        x = self.exposure
        left = np.asarray(x.lead_time.mean) - wait
        sooner = type(self)(Exposure(x.demand, LeadTime(np.maximum(left, 0.0)), x.review_period))
        return np.where(left < 0, 0.0, sooner.unmet_fraction(law))

    @abstractmethod
    def unmet_fraction(self, law: PositionLaw) -> FloatArray:
        """1 - fill rate."""

    def late(self, law: PositionLaw) -> Shortfall:
        """Share of time with net stock below zero."""
        averages = law.averages(self.exposure.until_receipt)
        return Shortfall(averages.exceeds, -averages.density)

    def empty(self, law: PositionLaw) -> Shortfall:
        """Share of time with no stock on hand."""
        averages = law.averages(self.exposure.until_receipt)
        return Shortfall(averages.reaches, -averages.density)

    def stock(self, law: PositionLaw) -> Stock:
        """Averages over time."""
        averages = law.averages(self.exposure.until_receipt)
        return Stock(averages.left, averages.loss, averages.exceeds, averages.reaches)


class Continuous(_AtAnyTime):
    """Review at every transaction, demand that never jumps past a level."""

    def unmet_fraction(self, law: PositionLaw) -> FloatArray:
        """1 - fill rate: a unit is short where it finds no stock on hand.

        Continuous demand just met by the last of the stock is met, which matters for certain demand only.
        """
        averages = law.averages(self.exposure.until_receipt)
        whole = self.exposure.demand.is_integer
        if isinstance(whole, bool):
            short = averages.reaches if whole else averages.exceeds
        else:
            short = np.where(whole, averages.reaches, averages.exceeds)
        short = np.clip(short, 0.0, 1.0)
        quiet = self.exposure.rate == 0
        return np.where(quiet, 0.0, short) if quiet.any() else short

    def unmet(self, law: PositionLaw) -> Shortfall:
        """The unmet fraction with its slope."""
        averages = law.averages(self.exposure.until_receipt)
        return Shortfall(self.unmet_fraction(law), -averages.density)

    def lateness(self, measure: str) -> tuple[Mask, Lateness]:
        """The measure's shortfall as one of the position, P(X_L >= y), and the rows in which it is one."""
        found = Lateness(self.exposure.until_receipt)
        return found.solvable, found


class Jumping(_AtAnyTime):
    """Review at every transaction, customers whose batches carry the position past the reorder point."""

    @property
    def review(self) -> Jumps:
        """The customers, in place of the demand between two reviews."""
        return self.exposure.jumps

    @property
    def later(self) -> Any:
        """Growth of the demand until a receipt, in place of that until the next."""
        return self.exposure.growth

    def foresee(self, law: Remembered) -> None:
        """Take in one go what several measures ask for."""
        law.foresee(self.exposure.until_receipt, self.exposure.growth)

    def unmet_fraction(self, law: PositionLaw) -> FloatArray:
        """1 - fill rate: lambda E[(B - (y - X_L)+)+] over the demand of a period, as growth of E(X_L - y)+."""
        x = self.exposure
        with np.errstate(divide="ignore", invalid="ignore"):
            short = law.averages(x.growth).loss / x.rate
        return np.minimum(np.maximum(short, 0.0), 1.0)

    def unmet(self, law: PositionLaw) -> Shortfall:
        """The unmet fraction with its slope."""
        x = self.exposure
        short = self.unmet_fraction(law)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = -law.averages(x.growth).reaches / x.rate
        return Shortfall(short, slope, short - slope)

    def tabulated(self, measure: str, rows: Rows, position: FloatArray) -> FloatArray:
        """The measure's shortfall at several positions of each row."""
        x = self.exposure
        if measure == "unmet":
            return x.growth._along(LOSS, rows, position) / rows.spread(x.rate)
        return x.until_receipt._along(SF, rows, _failing(measure, position))

    def lateness(self, measure: str) -> tuple[Mask, Lateness]:
        """The measure's shortfall as one of the position, and the rows in which it is one."""
        x = self.exposure
        found = (
            Lateness(x.until_receipt) if measure != "unmet" else Lateness(x.growth, None, x.rate)
        )
        return found.solvable, found


Regime = Periodic | Continuous | Jumping
