"""The rows of a simulation: their rules, demand, lead times, and how long each is played."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from stocklevel.arrays import Batch, FloatArray, distinct
from stocklevel.distributions import Demand
from stocklevel.errors import InputError, require
from stocklevel.lead_time import LeadTime
from stocklevel.simulation.draws import KERNEL
from stocklevel.simulation.rules import whole_number

BATCHES = 32  # of all replications together, where a run is long enough
_ROUNDING = 1e-12  # of the position, beside the highest
_LONGEST = 2**19  # periods whose sums of two-byte numbers four bytes hold
_LEAST_CYCLES = 2.0  # protection intervals and order cycles that a batch lasts


class Seen(NamedTuple):
    """What some of the rows are."""

    wrong: bool  # against a rule of backorders
    special: bool  # not played in the plain way
    lead_times: bool  # unlike those of the first row
    review_periods: bool
    kinds: bool


class Rows:
    """One dimension of rows, in the layout of the kernel."""

    demand: Demand | None
    given: FloatArray | None  # demand per period, periods along the last axis
    settings: FloatArray  # lines as the kernel numbers them: trigger, level, multiple, chance, ...
    rate: FloatArray  # demand per period; of given demand its average
    peak: FloatArray  # the largest of given demand, 1e300 where some is below 0
    seen: Seen
    small: Any  # rows of given demand that single precision holds, or two bytes (2)
    whole: Any  # rows of whole units
    counts_reviews: bool
    lead_row: Any
    lead_times: FloatArray
    lead_cumulative: FloatArray
    spans: Any  # warm-up, periods and batches
    replications: int

    @classmethod
    def of(
        cls,
        who: str,
        policy: Any,
        demand: Any,
        given: FloatArray | None,
        time: LeadTime,
        stock: FloatArray,
        shape: tuple[int, ...],
    ) -> Self:
        """Rows of the common shape."""
        new = cls()
        count = math.prod(shape)
        new.demand, new.given, new.peak = None, None, np.empty(0)
        if given is None:
            new.demand = demand._rows(shape)
            new.whole = np.ascontiguousarray(
                np.broadcast_to(new.demand.is_integer, count), np.bool_
            )
            new.rate = np.ascontiguousarray(np.broadcast_to(new.demand.mean, count), np.float64)
        else:
            new._look_at(who, given, shape, count)
        flags = new.whole if isinstance(policy, Batch) else new.whole.reshape(shape)
        rule = (policy._rows(shape) if isinstance(policy, Batch) else policy).ordering(flags)
        new.counts_reviews = bool(rule.counts_reviews)
        lines = [rule.trigger, rule.level, rule.multiple, rule.review_probability]
        lines += [rule.review_period, vars(time)["mean"], stock]
        new.settings = np.empty((len(lines), count))
        for line, values in zip(new.settings, lines, strict=True):
            part = np.asarray(values, dtype=np.float64)
            alike = part.shape == (count,) or part.size == 1
            line[:] = part if alike else np.broadcast_to(part, shape).reshape(-1)
        new._read_lead_times(who, time, shape)
        new.seen = Seen(*KERNEL.survey(new.settings, new.lead_row, given is not None))
        return new

    def _look_at(self, who: str, given: FloatArray, shape: tuple[int, ...], count: int) -> None:
        """Take given demand, and find which rows are whole numbers, their averages and the largest."""
        history = np.broadcast_to(given, (*shape, given.shape[-1])).reshape(count, -1)
        self.given, self.whole = np.ascontiguousarray(history), np.empty(count, np.bool_)
        total, self.peak = np.empty((2, count))
        KERNEL.look(self.given, self.whole.view(np.uint8), total, self.peak)
        if not np.isfinite(total).all():
            require(who, "demand", "finite", history, ~np.isinf(history))
        self.rate = total / given.shape[-1]

    def _read_lead_times(self, who: str, time: LeadTime, shape: tuple[int, ...]) -> None:
        law, spread = vars(time)["_law"], vars(time)["std"]
        if ((distinct(law) < 0) & (distinct(spread) > 0)).any():
            guessed = np.broadcast_to((law < 0) & (spread > 0), shape)
            message = (
                f"{who}: {int(guessed.sum())} of {len(self)} lead times are random and known by mean and standard "
                f"deviation only; say how likely each length is by LeadTime.from_pmf(values, probabilities)."
            )
            raise InputError(message)
        self.lead_row = np.empty(len(self), np.int64)
        self.lead_row[:] = law if law.size == 1 else np.broadcast_to(law, shape).reshape(-1)
        self.lead_times = np.zeros((1, 1))
        self.lead_cumulative = np.ones((1, 1))
        if time._laws is not None:
            self.lead_times = time._laws.lengths
            self.lead_cumulative = np.cumsum(time._laws.probabilities, axis=1)
            mine = (self.lead_row >= 0) & (self.review_period > 0)
            used = self.lead_times[np.unique(self.lead_row[mine])]
            rule = "whole periods where the review period is not 0"
            require(who, "random lead times", rule, used, used == np.floor(used))

    def __len__(self) -> int:
        return self.settings.shape[1]

    @property
    def trigger(self) -> FloatArray:
        """Highest position that leads to an order."""
        return self.settings[0]

    @property
    def level(self) -> FloatArray:
        """Position to order up to."""
        return self.settings[1]

    @property
    def multiple(self) -> FloatArray:
        """Of which orders are multiples; 0 where there is none."""
        return self.settings[2]

    @property
    def review_period(self) -> FloatArray:
        """Periods between reviews."""
        return self.settings[4]

    @property
    def lead_time(self) -> FloatArray:
        """Lead time, the mean of a random one."""
        return self.settings[5]

    def see_empty_stock(self) -> None:
        """Raise triggers by a rounding: with empty stock the position, a sum of orders of Q, is beside s = 0, Q, 2Q."""
        top = np.where(self.multiple > 0, self.trigger + self.multiple, self.level)
        seen = ~self.whole & (self.trigger >= 0) & (top > self.trigger)
        np.add(self.trigger, _ROUNDING * top, out=self.trigger, where=seen)

    @property
    def takes_chances(self) -> bool:
        """Whether anything is drawn."""
        return self.given is None or self.seen.special

    @property
    def split(self) -> Any:
        """Rows that receive orders within a period."""
        fraction = self.lead_time != np.floor(self.lead_time)
        return fraction & (self.review_period > 0) & (self.lead_row < 0)

    def find_small(self, *, lost: bool) -> None:
        """Tell which rows can be played in single precision, or in two bytes, without rounding."""
        self.small = np.zeros(len(self), np.uint8)
        if self.given is None or (self.counts_reviews and (self.multiple > 0).any()):
            return
        narrow = not lost and self.replications == 1 and self.given.shape[1] < _LONGEST
        KERNEL.fit_small(self.settings, self.whole.view(np.uint8), self.peak, narrow, self.small)

    def groups(self, *, logged: bool) -> Iterator[tuple[bool, Any]]:
        """Positions of the rows that are played in one way, and whether that is the plain one.

        Plain: whole fixed lead times, and reviews every R >= 1 periods that all take place.  Rows that are
        played as long stand together.
        """
        if not logged and not self.seen.special:
            if len(self):
                yield True, self._side_by_side(np.arange(len(self)))
            return
        continuous, split = self.review_period == 0, self.split
        plain = ~(continuous | split | (self.lead_row >= 0) | (self.settings[3] < 1.0))
        plain &= not logged
        if plain.any():
            yield True, self._side_by_side(np.flatnonzero(plain))
        for mine in (~plain & ~continuous & ~split, split, continuous):
            if mine.any():
                yield False, np.flatnonzero(mine)

    def _side_by_side(self, at: Any) -> Any:
        """These positions, with rows together that can be played side by side."""
        columns = [
            *self._batches(),
            *(self.spans[:, :2].T if self.given is None else ()),
            self.small,
        ]
        columns += [self.lead_time] if self.seen.lead_times else []
        columns += [self.review_period] if self.seen.review_periods else []
        columns += [self.multiple > 0] if self.seen.kinds else []
        own = columns if at.size == len(self) else [column[at] for column in columns]
        differ = [_narrow(column) for column in own if (column != column[0]).any()]
        return at[np.lexsort(differ)] if differ else at

    def _batches(self) -> list[Any]:
        """Batches where rows of different numbers of them cannot be played side by side."""
        batches = self.spans[:, 2]
        if self.replications > 1 or not self.small.any():
            return [batches]
        return [] if self.small.all() else [np.where(self.small, 0, batches)]

    def plan_spans(
        self, who: str, periods: Any, replications: int, warmup: Any, alike: bool
    ) -> None:
        """How long each row warms up and is measured, in how many batches; alike: all rows as long."""
        self.replications = replications
        longest = self.lead_time
        random = self.lead_row >= 0
        if self.seen.special and random.any():
            longest = longest.copy()
            longest[random] = self.lead_times.max(axis=1)[self.lead_row[random]]
        protection, cycle = np.empty((2, len(self)))
        KERNEL.cycles(self.settings, longest, self.rate, protection, cycle)
        if warmup is not None:
            warm = np.full(len(self), whole_number(who, "warmup", warmup, 0), np.float64)
        elif self.given is not None:
            warm = np.zeros(len(self))
        else:
            most = 0 if periods is None else whole_number(who, "periods", periods, 1)
            warm = _rounded_up(2.0 * protection + np.minimum(10.0 * cycle, float(most)))
        measured = self._measured(who, periods, warm)
        if alike and self.given is None:
            warm = np.full_like(warm, warm.max(initial=0))
        self.spans = np.empty((len(self), 3), np.int64)
        most = -(-BATCHES // replications)
        KERNEL.count_batches(protection, cycle, warm, measured, most, _LEAST_CYCLES, self.spans)

    def _measured(self, who: str, periods: Any, warm: FloatArray) -> FloatArray:
        if self.given is not None:
            there = self.given.shape[1]
            left = there - int(warm.max(initial=0))
            asked = left if periods is None else whole_number(who, "periods", periods, 1)
            if left < 1 or asked > left:
                message = (
                    f"{who}: warmup and periods take more than the {there} periods of demand that are given "
                    f"(warmup {there - left}, periods {asked})."
                )
                raise InputError(message)
            return np.full(len(self), float(asked))
        if periods is None:
            message = f"{who}: state how many periods to measure, as in periods=10_000."
            raise InputError(message)
        review = np.fmax(self.review_period, 1.0)  # 1 for NaN
        return np.ceil(whole_number(who, "periods", periods, 1) / review) * review


def _narrow(column: Any) -> Any:
    """Whole numbers in two bytes, which numpy sorts without comparing them."""
    if column.dtype != np.float64 and column.dtype != np.int64:
        return column
    return column.astype(np.int16) if abs(column).max() < 2**15 else column


def _rounded_up(periods: FloatArray) -> FloatArray:
    """To 4, 5, 6 or 7 times a power of two (8, 10, 12, 14, 16, 20, ...): few lengths, so that rows are alike."""
    step = 2.0 ** (np.floor(np.log2(periods)) - 2.0)
    return np.ceil(np.ceil(periods / step) * step)
