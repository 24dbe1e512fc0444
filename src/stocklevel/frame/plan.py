"""What tune and evaluate share: the policies of a frame's rows, their times, targets and report."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import DemandBatch
from stocklevel.errors import BASES, STATUSES, ApproximationWarning, InputError
from stocklevel.frame.demand import read_demand
from stocklevel.frame.lead_times import Observed, read_lead_times
from stocklevel.frame.reading import LARGEST, Rows
from stocklevel.lead_time import LeadTime
from stocklevel.policies import MinMax, OrderUpTo, ReorderPoint
from stocklevel.service.result import MEASURES, Service
from stocklevel.service.whole_visits import MOST

# ERP names of the policies: class, and whether every transaction is seen (R = 0).
Kind = type[ReorderPoint] | type[OrderUpTo] | type[MinMax]
POLICIES: dict[str, tuple[Kind, bool]] = {
    "(R,s,nQ)": (ReorderPoint, False),
    "(s,Q)": (ReorderPoint, True),
    "(R,S)": (OrderUpTo, False),
    "(R,s,S)": (MinMax, False),
    "(s,S)": (MinMax, True),
}
_KINDS: tuple[Kind, ...] = (ReorderPoint, OrderUpTo, MinMax)  # the codes of a problem
_LEVELS: dict[Kind, tuple[str, ...]] = {
    ReorderPoint: ("reorder_point", "order_quantity_used"),
    OrderUpTo: ("order_up_to_level",),
    MinMax: ("reorder_point", "order_up_to_level", "order_quantity_used"),
}

REPORT = tuple(name for name in MEASURES if name != "safety_stock")


class Problem(NamedTuple):
    """The good rows of a frame: what they face, aligned, and where they stand in the frame."""

    place: npt.NDArray[np.int64]
    demand: DemandBatch
    lead_time: LeadTime
    review_period: FloatArray
    codes: npt.NDArray[np.int8]
    observed: Observed

    @property
    def times(self) -> LeadTime:
        """Lead times by the law that was observed, where all rows have one; else by their moments."""
        return self.observed.times() if self.observed.some.all() else self.lead_time

    @property
    def in_quantities(self) -> Mask:
        """Rows whose policy has an order quantity, or a least one."""
        return self.codes != _KINDS.index(OrderUpTo)

    def select(self, mine: Mask) -> Problem:
        """The rows of a mask."""
        return self if mine.all() else Problem._make(part[mine] for part in self)

    def kinds(self) -> list[tuple[Kind, Mask]]:
        """Each kind of policy that occurs, and its rows."""
        every = ((kind, self.codes == code) for code, kind in enumerate(_KINDS))
        return [(kind, mine) for kind, mine in every if mine.any()]

    def groups(self) -> list[tuple[Kind, Mask]]:
        """The same, rows with about as many observed lead times together."""
        kinds = self.kinds()
        if not self.observed.some.any():
            return kinds
        widths = list(self.observed.widths())
        both = ((kind, mine & wide) for kind, mine in kinds for wide in widths)
        return [(kind, mine) for kind, mine in both if mine.any()]


def code_of(kind: Kind) -> int:
    """The code of a kind of policy in a problem."""
    return _KINDS.index(kind)


def level_columns(policy: str) -> tuple[str, ...]:
    """The columns that a plan adds: those of the policy, or of all where a column names policies."""
    if policy in POLICIES:
        return _LEVELS[POLICIES[policy][0]]
    return ("reorder_point", "order_quantity_used", "order_up_to_level")


def read_problem(
    rows: Rows,
    policy: str,
    family: str,
    integer_demand: bool | str | None,
    method: str,
    *,
    lost: bool = False,
    lead_times: Any = None,
    id_col: str | None = None,
) -> Problem:
    """Policies, times and demand; rows that cannot be answered are flagged and left out."""
    codes, continuous = read_policies(rows, policy)
    observed = read_lead_times(rows, lead_times, id_col)
    lead, spread, review = read_times(rows, continuous, observed, lead_times is not None)
    if lost:
        name, random = rows.name_of("lead_time_std"), rows.good & (spread > 0)
        rule = "of one length under lost sales"
        rows.flag(random & observed.some, "lead_times", "invalid_lead_time", rule, spread)
        random &= ~observed.some
        rows.flag(random, name, "invalid_lead_time", "0 under lost sales", spread)
    if method == "textbook":
        no_answer = rows.good & (codes == _KINDS.index(OrderUpTo)) & (review == 0)
        rule = ">= 1 for the textbook fill rate of (R,S)"
        name = rows.name_of("review_period")
        rows.flag(no_answer, name, "invalid_review_period", rule, review)
    demand, place = read_demand(rows, family, integer_demand)
    mine = place if place.size < len(rows.frame) else slice(None)
    return Problem(
        place,
        demand,
        LeadTime(lead[mine], spread[mine]),
        review[mine],
        codes[mine],
        observed[mine],
    )


def read_policies(rows: Rows, policy: str) -> tuple[npt.NDArray[np.int8], Mask]:
    """The kind of policy of each row, and which rows see every transaction."""
    if isinstance(policy, str) and policy in POLICIES:
        kind, all_seen = POLICIES[policy]
        size = len(rows.frame)
        return np.full(size, _KINDS.index(kind), np.int8), np.full(size, all_seen)
    if isinstance(policy, str) and policy in rows.frame.columns:
        names = rows.frame[policy].astype(object).reset_index(drop=True)
    else:
        message = (
            f"{rows.who}: policy must be one of {', '.join(map(repr, POLICIES))} or the name of a column, "
            f"not {policy!r}."
        )
        raise InputError(message)
    known = names.isin(list(POLICIES)).to_numpy()
    rows.flag(~known, policy, "invalid_policy", f"one of {', '.join(POLICIES)}", names)
    held = {name: _KINDS.index(kind) for name, (kind, _) in POLICIES.items()}
    codes = np.asarray(names.map(held).fillna(0), np.int8)
    continuous = names.isin([name for name, (_, all_seen) in POLICIES.items() if all_seen])
    return codes, np.asarray(continuous)


def read_times(
    rows: Rows, continuous: Mask, observed: Observed, given: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lead time, its standard deviation and the review period."""
    if given and not rows.has("lead_time"):
        lead, spread = observed.moments()
        lacking = rows.good & ~observed.some
        rows.flag(lacking, "lead_times", "invalid_lead_time", "given for each id", rows.ids)
    else:
        lead = rows.number("lead_time", "invalid_lead_time")
        spread = rows.optional("lead_time_std", "invalid_lead_time", 0.0)
        if observed.some.any():
            lead, spread = (
                np.where(observed.some, own, given)
                for own, given in zip(observed.moments(), (lead, spread), strict=True)
            )
    for name, values in (("lead_time", lead), ("lead_time_std", spread)):
        bad = rows.good & ~((values >= 0) & (values < LARGEST))
        rows.flag(bad, rows.name_of(name), "invalid_lead_time", "finite and >= 0", values)
    alone = rows.good & (lead == 0) & (spread > 0)
    rule = "0 where the lead time is 0"
    rows.flag(alone, rows.name_of("lead_time_std"), "invalid_lead_time", rule, spread)
    name = rows.name_of("review_period")
    review = rows.optional("review_period", "invalid_review_period", np.nan)
    review = np.where(np.isnan(review), np.where(continuous, 0.0, 1.0), review)
    whole = (review >= 0) & (review == np.floor(review)) & np.isfinite(review)
    rows.flag(
        rows.good & ~whole, name, "invalid_review_period", "a whole number of periods >= 0", review
    )
    rule = (
        '0 under "(s,Q)" and "(s,S)", which see every transaction; a periodic review is policy "(R,s,nQ)" or '
        '"(R,s,S)"'
    )
    rows.flag(rows.good & continuous & (review > 0), name, "invalid_review_period", rule, review)
    return lead, spread, review


def merge(services: list[tuple[Mask, Service]], size: int) -> tuple[dict[str, FloatArray], Any]:
    """Measures and basis codes of the good rows from those of each kind of policy."""
    if len(services) == 1:  # they are all the rows
        service = services[0][1]
        return service._released(), service._codes
    values = {name: np.full(size, np.nan) for name in MEASURES}
    codes = np.zeros(size, np.int8)
    for mine, service in services:
        for name in MEASURES:
            values[name][mine] = vars(service)[name]
        codes[mine] = service._codes
    return values, codes


def report(
    rows: Rows,
    problem: Problem,
    levels: Mapping[str, FloatArray],
    measures: Mapping[str, FloatArray],
    basis: Any,
    *,
    overwrite: bool,
) -> pd.DataFrame:
    """The input columns, then levels, safety stock, measures, family, basis and status."""
    size, place = len(rows.frame), problem.place
    new: dict[str, Any] = {}
    measured = {name: measures[name] for name in ("safety_stock", *REPORT)}
    every = place.size == size
    for name, values in {**levels, **measured}.items():
        new[name] = values if every else np.full(size, np.nan)
        if not every:
            new[name][place] = values
    for name, labels, codes in (
        ("family_used", [part.family for part in problem.demand.parts], problem.demand.codes),
        ("basis", list(BASES), basis),
    ):
        whole = np.full(size, -1, np.int8)
        whole[place] = codes
        new[name] = _categorical(whole, labels)
    new["status"] = pd.Categorical.from_codes(rows.status, categories=pd.Index(STATUSES))
    taken = [name for name in new if name in rows.frame.columns]
    if taken and not overwrite:
        names = f"column{'s' if len(taken) > 1 else ''} {', '.join(map(repr, taken))}"
        message = f"{rows.who}: the frame already has the {names}. Rename, or pass overwrite=True."
        raise InputError(message)
    kept: dict[Any, Any] = {
        name: column.copy() for name, column in rows.frame.items() if name not in taken
    }
    columns: dict[Any, Any] = {**kept, **new}
    result = pd.DataFrame(columns, index=rows.frame.index, copy=False)
    result.columns.name = rows.frame.columns.name
    result.attrs["problems"] = rows.problems.to_dict("records")  # a frame here would break concat
    return result


def _categorical(codes: npt.NDArray[np.int8], labels: list[str]) -> pd.Categorical:
    """Labels of codes as a categorical whose categories do not repeat (-1: missing)."""
    categories = list(dict.fromkeys(labels))
    lookup = np.array([categories.index(label) for label in labels] + [-1], np.int8)
    return pd.Categorical.from_codes(lookup[codes], categories=pd.Index(categories, dtype=object))


def set_status(rows: Rows, place: npt.NDArray[np.int64], mask: Mask, name: str) -> None:
    """Give answered rows a status other than "ok"; an earlier one stays."""
    chosen = place[mask]
    fresh = chosen[rows.status[chosen] == 0]
    rows.status[fresh] = STATUSES.index(name)


def in_frame(rows: Rows, place: npt.NDArray[np.int64], mine: Mask) -> Mask:
    """A mask of the good rows as one of the whole frame."""
    out = np.zeros(len(rows.frame), np.bool_)
    out[place] = mine
    return out


def flag_untold(
    rows: Rows, place: npt.NDArray[np.int64], mask: Mask, column: str, shown: FloatArray
) -> None:
    """Note rows of min/max with more positions than are told apart, by the column that makes them so many."""
    if mask.any():
        values = np.full(len(rows.frame), np.nan)
        values[place] = shown
        code = "invalid_policy" if column == "order_up_to_level" else "invalid_quantity"
        rule = f"within {MOST:,} units or demands of s where demand is in packs or hardly varies"
        rows.flag(in_frame(rows, place, mask), rows.name_of(column), code, rule, values)


@contextmanager
def crossing_once(rows: Rows, problem: Problem) -> Iterator[None]:
    """Policies do not warn that orders can cross in what runs inside; after it one warning does."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*orders can cross", ApproximationWarning)
        yield
    _note_crossing(rows, problem)


def _note_crossing(rows: Rows, problem: Problem) -> None:
    """Give rows whose orders can cross their status, and warn once."""
    crossing = problem.observed.crossing(problem.review_period)
    if not crossing.any():
        return
    set_status(rows, problem.place, crossing, "orders_can_cross")
    text = (
        f"{rows.who}: in {crossing.sum()} of {len(rows.frame)} rows orders can cross, the longest lead time exceeding "
        f"the shortest by more than the review period (status orders_can_cross): the measures are pessimistic there."
    )
    warnings.warn(text, ApproximationWarning, stacklevel=5)
