"""A witness for the service measures: stock under full backordering, played event by event.

Written from the order of events, the trigger and what each measure counts; it holds no formula.
`simulate_periodic` plays review periods R >= 1, `simulate_continuous` plays R = 0. Both play many
independent replications side by side (one column each) and return every measure as an `Estimate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.float64]
Sampler = Callable[[Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Estimate:
    """A simulated measure and its standard error."""

    value: float
    standard_error: float


def ratio_of_totals(numerator: Array, denominator: Array) -> Estimate:
    """Total over total; the error by the delta method over independent replications."""
    ratio = numerator.sum() / denominator.sum()
    residual = numerator - ratio * denominator
    error = residual.std(ddof=1) / (np.sqrt(residual.size) * denominator.mean())
    return Estimate(float(ratio), float(error))


@dataclass(frozen=True)
class OrderUpTo:
    """Whenever the inventory position is below S, order up to S."""

    order_up_to_level: float
    integer: bool

    @property
    def trigger(self) -> float:
        """The highest position that leads to an order."""
        return self.order_up_to_level - 1 if self.integer else self.order_up_to_level

    def start(self, rng: Generator, replications: int) -> Array:
        return np.full(replications, float(self.order_up_to_level))

    def order(self, position: Array) -> Array:
        return np.maximum(self.order_up_to_level - position, 0.0)


@dataclass(frozen=True)
class ReorderPoint:
    """At or below s, order the smallest multiple of Q that lifts the position above s."""

    reorder_point: float
    order_quantity: float
    integer: bool

    @property
    def trigger(self) -> float:
        """The highest position that leads to an order."""
        return self.reorder_point

    def start(self, rng: Generator, replications: int) -> Array:
        if self.integer:
            above = rng.integers(1, int(self.order_quantity) + 1, replications).astype(float)
        else:
            above = self.order_quantity * (1.0 - rng.random(replications))
        return self.reorder_point + above

    def order(self, position: Array) -> Array:
        multiple = np.floor((self.reorder_point - position) / self.order_quantity) + 1.0
        return self.order_quantity * np.maximum(multiple, 0.0)


@dataclass(frozen=True)
class MinMax:
    """At or below s, order up to S."""

    reorder_point: float
    order_up_to_level: float
    integer: bool

    @property
    def trigger(self) -> float:
        """The highest position that leads to an order."""
        return self.reorder_point

    def start(self, rng: Generator, replications: int) -> Array:
        return np.full(replications, float(self.order_up_to_level))

    def order(self, position: Array) -> Array:
        due = position <= self.reorder_point
        return np.where(due, self.order_up_to_level - position, 0.0)


Policy = OrderUpTo | ReorderPoint | MinMax


@dataclass(frozen=True)
class History:
    """What happened in each period (row) of each replication (column)."""

    position_before_order: Array
    order: Array
    net_before_receipt: Array
    receipt: Array
    net_before_demand: Array
    demand: Array
    net_at_end: Array

    def rows(self, chosen: NDArray[np.bool_] | slice) -> History:
        return History(**{name: values[chosen] for name, values in vars(self).items()})


def play(
    policy: Policy, demand: Array, lead_time: int, review_period: int, start: Array
) -> History:
    """Receive what is due, order at a review (at L = 0 received at once), serve demand, measure."""
    past = History(*(np.zeros_like(demand) for _ in range(5)), demand, np.zeros_like(demand))
    net, position = start.copy(), start.copy()
    for t, wanted in enumerate(demand):
        past.position_before_order[t] = position
        past.net_before_receipt[t] = net
        if t % review_period == 0:
            past.order[t] = policy.order(position)
            position += past.order[t]
        if t >= lead_time:
            # A receipt leaves the position as it is, so it may follow the order of its period.
            past.receipt[t] = past.order[t - lead_time]
            net += past.receipt[t]
        past.net_before_demand[t] = net
        net -= wanted
        position -= wanted
        past.net_at_end[t] = net
    return past


def simulate_periodic(
    policy: Policy,
    sample: Sampler,
    *,
    lead_time: int,
    review_period: int,
    rng: Generator,
    periods: int,
    replications: int,
) -> dict[str, Estimate]:
    """Every measure of a policy under periodic review, R >= 1, over at least `periods` periods."""
    reviews = -(-periods // review_period)
    warm_up = review_period * (20 + lead_time)
    demand = sample(rng, (warm_up + reviews * review_period, replications))
    start = policy.start(rng, replications)
    past = play(policy, demand, lead_time, review_period, start).rows(slice(warm_up, None))
    ends_protection = (np.arange(reviews * review_period) - lead_time) % review_period == 0
    return {
        **_measures_per_period(past),
        **_measures_per_order(past, policy.trigger),
        **_measures_per_cycle(past, ends_protection, per_review=isinstance(policy, OrderUpTo)),
    }


def _measures_per_period(past: History) -> dict[str, Estimate]:
    periods = np.full(past.demand.shape[1], float(past.demand.shape[0]))
    short = _newly_short(past)

    def per_period(counted: Array | NDArray[np.bool_]) -> Estimate:
        return ratio_of_totals(counted.sum(axis=0), periods)

    return {
        "fill_rate": ratio_of_totals((past.demand - short).sum(axis=0), past.demand.sum(axis=0)),
        "period_service_level": per_period(past.net_at_end >= 0),
        "ready_rate": per_period(past.net_at_end > 0),
        "expected_on_hand": per_period(np.maximum(past.net_at_end, 0.0)),
        "expected_backorders": per_period(np.maximum(-past.net_at_end, 0.0)),
        "orders_per_period": per_period(past.order > 0),
    }


def _measures_per_order(past: History, trigger: float) -> dict[str, Estimate]:
    ordered, received = past.order > 0, past.receipt > 0
    orders, receipts = ordered.sum(axis=0), received.sum(axis=0)
    undershoot = np.where(ordered, trigger - past.position_before_order, 0.0)
    in_stock = received & (past.net_before_receipt >= 0)
    return {
        "undershoot": ratio_of_totals(undershoot.sum(axis=0), orders),
        "expected_shortage_per_cycle": ratio_of_totals(_newly_short(past).sum(axis=0), orders),
        "order_cycle_service_level": ratio_of_totals(in_stock.sum(axis=0), receipts),
    }


def _measures_per_cycle(
    past: History, ends_protection: NDArray[np.bool_], *, per_review: bool
) -> dict[str, Estimate]:
    """Judged where a cycle ends: at every protection interval, or only where an order arrives."""
    ends = ends_protection[:, None] if per_review else past.receipt > 0
    ends = np.broadcast_to(ends, past.demand.shape)
    net = np.where(ends, past.net_before_receipt, 0.0)
    cycles = ends.sum(axis=0)
    return {
        "cycle_service_level": ratio_of_totals((ends & (net >= 0)).sum(axis=0), cycles),
        "safety_stock": ratio_of_totals(net.sum(axis=0), cycles),
    }


def _newly_short(past: History) -> Array:
    return np.maximum(past.demand - np.maximum(past.net_before_demand, 0.0), 0.0)


@dataclass
class Tally:
    """Running totals of each replication under continuous review."""

    replications: int
    totals: dict[str, Array] = field(default_factory=dict)

    def add(self, **amounts: Array | NDArray[np.bool_]) -> None:
        for name, amount in amounts.items():
            total = self.totals.setdefault(name, np.zeros(self.replications))
            total += amount

    def ratio(self, numerator: str, denominator: str) -> Estimate:
        return ratio_of_totals(self.totals[numerator], self.totals[denominator])


@dataclass
class Shop:
    """Stock seen at every transaction: all replications at one customer, each at its own time."""

    policy: Policy
    lead_time: float
    net: Array
    customers: int
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        replications = self.net.size
        self.position, self.clock = self.net.copy(), np.zeros(replications)
        self.column = np.arange(replications)
        self.placed = np.zeros(replications, dtype=int)
        self.received = np.zeros(replications, dtype=int)
        # Row j: the j-th order of each replication; no more than one order per customer.
        self.due = np.full((self.customers + 1, replications), np.inf)
        self.quantity = np.zeros_like(self.due)
        self.forget()

    def forget(self) -> None:
        """Start counting anew: the end of the warm-up."""
        self.tally = Tally(self.net.size)

    def pass_time_until(self, moment: Array) -> None:
        """Receive, one by one and oldest first, the orders that are due before the moment."""
        while (arriving := self.due[self.received, self.column] <= moment).any():
            next_receipt = np.where(arriving, self.due[self.received, self.column], self.clock)
            self._hold_stock_until(next_receipt)
            self._receive(arriving)
        self._hold_stock_until(moment)

    def _hold_stock_until(self, moment: Array) -> None:
        elapsed = moment - self.clock
        self.tally.add(
            time=elapsed,
            time_not_short=elapsed * (self.net >= 0),
            time_in_stock=elapsed * (self.net > 0),
            on_hand=elapsed * np.maximum(self.net, 0.0),
            backorders=elapsed * np.maximum(-self.net, 0.0),
        )
        self.clock = moment

    def _receive(self, arriving: NDArray[np.bool_]) -> None:
        self.tally.add(
            receipts=arriving,
            receipts_in_stock=arriving & (self.net >= 0),
            net_before_receipt=np.where(arriving, self.net, 0.0),
        )
        self.net += np.where(arriving, self.quantity[self.received, self.column], 0.0)
        self.received += arriving

    def serve(self, wanted: Array) -> None:
        """One customer in each replication; the position is looked at afterwards."""
        met = np.minimum(wanted, np.maximum(self.net, 0.0))
        self.net -= wanted
        self.position -= wanted
        order = self.policy.order(self.position)
        ordered = order > 0
        undershoot = np.where(ordered, self.policy.trigger - self.position, 0.0)
        self.tally.add(
            demand=wanted, met=met, short=wanted - met, orders=ordered, undershoot=undershoot
        )
        self.position += order
        self.due[self.placed, self.column] = np.where(ordered, self.clock + self.lead_time, np.inf)
        self.quantity[self.placed, self.column] = order
        self.placed += ordered


def one_unit(rng: Generator, shape: tuple[int, ...]) -> Array:
    """Every customer wants one unit: demand is Poisson."""
    return np.ones(shape)


def simulate_continuous(
    policy: Policy,
    customer_rate: float,
    *,
    lead_time: float,
    rng: Generator,
    customers: int,
    replications: int,
    sample_batch: Sampler = one_unit,
) -> dict[str, Estimate]:
    """Every measure of a policy under continuous review, R = 0, over at least `customers` each."""
    warm_up = 200 + int(3 * customer_rate * lead_time)
    shape = (warm_up + customers, replications)
    gaps = rng.exponential(1.0 / customer_rate, shape)
    batches = sample_batch(rng, shape)
    shop = Shop(policy, lead_time, policy.start(rng, replications), customers=shape[0])
    for customer, (gap, wanted) in enumerate(zip(gaps, batches, strict=True)):
        if customer == warm_up:
            shop.forget()
        shop.pass_time_until(shop.clock + gap)
        shop.serve(wanted)
    ratio = shop.tally.ratio
    return {
        "fill_rate": ratio("met", "demand"),
        "period_service_level": ratio("time_not_short", "time"),
        "ready_rate": ratio("time_in_stock", "time"),
        "expected_on_hand": ratio("on_hand", "time"),
        "expected_backorders": ratio("backorders", "time"),
        "orders_per_period": ratio("orders", "time"),
        "undershoot": ratio("undershoot", "orders"),
        "expected_shortage_per_cycle": ratio("short", "orders"),
        "order_cycle_service_level": ratio("receipts_in_stock", "receipts"),
        "cycle_service_level": ratio("receipts_in_stock", "receipts"),
        "safety_stock": ratio("net_before_receipt", "receipts"),
    }
