"""Play policies event by event."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel._kernels.threads import use_threads
from stocklevel.arrays import ArrayLike, Batch, common_index, common_shape, to_floats
from stocklevel.distributions import Demand
from stocklevel.errors import BASES, InputError, one_of
from stocklevel.lead_time import LeadTime
from stocklevel.service.result import MEASURES
from stocklevel.simulation.result import Simulated
from stocklevel.simulation.rows import Rows
from stocklevel.simulation.rules import check_rule, warn_of_returns, whole_number
from stocklevel.simulation.work import Game

_SIMULATED = BASES.index("simulated")


def simulate(
    policy: Any,
    demand: Demand | ArrayLike,
    lead_time: ArrayLike | LeadTime = 0,
    *,
    periods: int | None = None,
    replications: int = 1,
    warmup: int | None = None,
    unmet: str = "backorder",
    crossing: bool = True,
    on_hand: ArrayLike | None = None,
    seed: int | None = None,
    trajectory: bool = False,
    threads: int | None = None,
) -> Simulated:
    """Every service measure of a policy as counted in a simulation, with its standard error.

    The simulation knows the order of events, and no formula of the measures.  In a period: orders due are received;
    at a review (every R periods, from the first on) the policy orders, with lead time 0 received at once; demand
    comes; stock is measured at the end.  An order of period t is received at the start of period t + L.

    Parameters
    ----------
    policy : policy
        A `ReorderPoint`, an `OrderUpTo`, or any object with a method ``ordering(is_integer)`` that returns
        a `stocklevel.policies.ordering.Ordering`.
    demand : distribution or array
        Demand per period [units], drawn independently; or given, of shape rows + (periods,): the same in
        every replication.
    lead_time : float, array, Series or LeadTime, optional
        Time from order to receipt [periods]; random lead times as `LeadTime.from_pmf`, drawn for every order.
    periods : int, optional
        Periods measured in each replication, rounded up to whole review periods; needed for drawn demand.  Of
        given demand all that follow the warm-up, if not stated.
    replications : int, optional
        Independent runs of every row.
    warmup : int, optional
        Periods played before measuring.  The default for drawn demand is twice the longest protection
        interval L + R plus ten order cycles, but no more than twice L + R plus ``periods``; 0 for given demand.
    unmet : {"backorder", "lost"}, optional
        What becomes of demand that finds no stock.
    crossing : bool, optional
        Whether a later order may be received before an earlier one under random lead times; if not, it
        waits for the earlier one.
    on_hand : float, array or Series, optional
        Stock at the start [units], with nothing on order.  By default drawn evenly from the positions above the
        trigger for drawn demand, and the highest of them for given demand.
    seed : int, optional
        The same seed gives the same numbers for any number of threads.
    trajectory : bool, optional
        Whether to keep what happened in every period; for small runs.
    threads : int, optional
        Threads over rows; all by default.

    Returns
    -------
    Simulated
        The measures of ``policy.service`` with ``standard_error(name)``; basis "simulated".

    Raises
    ------
    InputError
        Shapes that do not fit, a number outside its domain, demand that cannot be watched continuously
        (review period 0), a random lead time without its pmf, or a policy without an ordering rule.
    IndexMismatchError
        Series arguments with different indexes.

    Warns
    -----
    ApproximationWarning
        Normal demand with a coefficient of variation above 0.5: draws below zero are played as returns.

    Notes
    -----
    Review period 0 watches every customer of Poisson, negative binomial (log-series batches) and gamma demand (its
    jumps), and measures time averages; orders follow a customer and are received exactly L later.  A fractional lead
    time L under periodic review is received within a period, when demand has run for the fraction: drawn demand
    is drawn in two parts, which families whose sums are exact allow, given demand is divided evenly.  Orders
    due at once are received one by one, the oldest first.

    Under lost sales the position is stock on hand plus orders on their way.  A cycle is broken by a lost sale:
    ``cycle_service_level`` and ``order_cycle_service_level`` are shares of cycles, from one receipt to the next,
    without one, and ``period_service_level`` is the share of periods without one.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.NegativeBinomial(5, 15**0.5)
    >>> found = sl.simulate(sl.ReorderPoint(20, 15), demand, 3, periods=100_000, seed=1)
    >>> round(float(found.fill_rate), 2), round(float(found.standard_error("fill_rate")), 3)
    (0.85, 0.001)
    """
    who = "simulate"
    one_of(who, "unmet", unmet, ("backorder", "lost"))
    if not hasattr(policy, "ordering"):
        message = (
            f"{who}: {type(policy).__name__} is no policy that can be played; it needs a method "
            f"ordering(is_integer) that returns an Ordering."
        )
        raise InputError(message)
    time = LeadTime._read(lead_time)
    given = None if isinstance(demand, Demand) else _history(who, demand)
    index = common_index(who, (policy, demand, lead_time, on_hand))
    stock = np.asarray(np.nan) if on_hand is None else to_floats(who, "on_hand", on_hand)
    shapes = {
        "demand": demand.shape if given is None else given.shape[:-1],
        "lead_time": time.shape,
        "on_hand": stock.shape,
    }
    if isinstance(policy, Batch):
        shapes["policy"] = policy.shape
    else:
        rule = policy.ordering(False)
        shapes["policy"] = np.broadcast_shapes(*(np.shape(part) for part in rule[:-1]))
    shape = common_shape(who, shapes)
    if index is not None and shape == ():
        shape = (len(index),)
    rows = Rows.of(who, policy, demand, given, time, stock, shape)
    check_rule(who, rows, lost=unmet == "lost")
    if unmet == "lost":
        rows.see_empty_stock()
    warn_of_returns(who, rows.demand)
    rows.plan_spans(
        who, periods, whole_number(who, "replications", replications, 1), warmup, trajectory
    )
    key = _key(who, seed, drawn=rows.takes_chances)
    game = Game(who, rows, key, crossing, unmet == "lost", trajectory)
    with use_threads(threads):
        value, error, lines = game.play(index)
    values: dict[str, Any] = dict(zip(MEASURES, value, strict=True))
    values.update(zip((f"_error_{name}" for name in MEASURES), error, strict=True))
    values["_rate"] = rows.rate
    values["_codes"] = np.full(len(rows), _SIMULATED, np.int8)
    values["batches"] = rows.spans[:, 2] * replications
    found = Simulated({name: part.reshape(shape) for name, part in values.items()}, index)
    if trajectory:
        object.__setattr__(found, "trajectory", lines)
    return found


def _history(who: str, demand: ArrayLike) -> Any:
    """Given demand, periods along the last axis."""
    history = to_floats(who, "demand", demand, copy=False)
    if history.ndim == 0 or history.shape[-1] == 0:
        message = f"{who}: given demand needs an axis of periods, of at least one; a number is no history."
        raise InputError(message)
    return history


def _key(who: str, seed: Any, *, drawn: bool) -> int:
    """64 bits from the seed; 0 where nothing is drawn."""
    if seed is not None:
        seed = whole_number(who, "seed", seed, 0)
    return int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]) if drawn else 0
