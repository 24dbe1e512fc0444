"""The simulator again, in plain Python: lists of orders and of what happened, nothing clever.

It is told what chance decided (the demand, and how long each order took) and plays the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Order:
    number: int
    due: float
    quantity: float


@dataclass
class Receipt:
    time: float
    net_before: float
    quantity: float
    lost_since_receipt: bool
    lost_since_order: bool


@dataclass
class Store:
    """Stock, what is on its way, and everything that happened."""

    rule: object  # an Ordering of one row
    unmet: str
    net: float
    position: float = field(init=False)
    highest: float = field(init=False)
    waiting: list[Order] = field(default_factory=list)
    placed: list[tuple[float, float, float]] = field(
        default_factory=list
    )  # time, quantity, undershoot
    receipts: list[Receipt] = field(default_factory=list)
    served: list[tuple[float, float, float]] = field(default_factory=list)  # time, wanted, short
    numbers: int = 0
    lost_since_receipt: bool = False
    lost_since_order: bool = False

    def __post_init__(self) -> None:
        self.position = self.net
        rule = self.rule
        self.highest = rule.trigger + rule.multiple if rule.multiple > 0 else rule.level

    def review(self, time: float, takes: float, every_review: bool) -> float:
        """Look at the position; returns what is ordered."""
        rule, quantity = self.rule, 0.0
        if self.unmet == "lost" and abs(self.position) < 1e-12 * self.highest:
            self.position = 0.0  # a sum that should be
        if self.position <= rule.trigger:
            if rule.multiple > 0:
                while self.position + quantity <= rule.trigger:
                    quantity += rule.multiple
            else:
                quantity = max(rule.level - self.position, 0.0)
        if quantity > 0:
            self.placed.append((time, quantity, rule.trigger - self.position))
            self.position = self.position + quantity if rule.multiple > 0 else rule.level
        if quantity > 0 or every_review:
            self.waiting.append(Order(self.numbers, time + takes, quantity))
            self.numbers += 1
        return quantity

    def receive_next(self) -> float:
        order = min(self.waiting, key=lambda order: (order.due, order.number))
        self.waiting.remove(order)
        self.receipts.append(
            Receipt(
                order.due,
                self.net,
                order.quantity,
                self.lost_since_receipt,
                self.lost_since_order,
            )
        )
        self.lost_since_receipt = False
        if order.quantity > 0:
            self.lost_since_order = False
        self.net += order.quantity
        return order.quantity

    def next_due(self) -> float:
        return min((order.due for order in self.waiting), default=math.inf)

    def serve(self, time: float, wanted: float) -> float:
        short = max(wanted - max(self.net, 0.0), 0.0)
        taken = wanted - short if self.unmet == "lost" else wanted
        if self.unmet == "lost" and short > 0:
            self.lost_since_receipt = self.lost_since_order = True
        self.net = 0.0 if taken < wanted else self.net - wanted
        self.position -= taken
        self.served.append((time, wanted, short))
        return short


def play_periods(store, demand, lead_times, review_period, fraction=0.0):
    """A line a period: net stock, position, ordered, received, short."""
    lines = []
    for t, wanted in enumerate(demand):
        ordered = received = short = 0.0
        if t % review_period == 0:
            ordered = store.review(t, lead_times[t], store.rule.counts_reviews)
        if fraction > 0:
            short += store.serve(t, fraction * wanted)
        while store.next_due() <= t + fraction:
            received += store.receive_next()
        short += store.serve(t, wanted - fraction * wanted)
        lines.append((store.net, store.position, ordered, received, short))
    return lines


def play_customers(store, times, wants, lead_times, end):
    """A line a customer, and the stock between the events: (from, to, net)."""
    lines, holds, now = [], [], 0.0
    for time, wanted, takes in zip(times, wants, lead_times, strict=True):
        received = 0.0
        while store.next_due() <= time:
            due = store.next_due()
            holds.append((now, due, store.net))
            now = due
            received += store.receive_next()
        holds.append((now, time, store.net))
        now = time
        short = store.serve(time, wanted)
        ordered = store.review(time, takes, every_review=False)
        lines.append((store.net, store.position, ordered, received, short))
    while store.next_due() < end:
        due = store.next_due()
        holds.append((now, due, store.net))
        now = due
        store.receive_next()
    holds.append((now, end, store.net))
    return lines, holds


def measures_of(store, stock, start, end, lost_periods=None):
    """The thirteen measures from `start` to `end`; stock: (from, to, net at the end or in between)."""

    def inside(time):
        return start <= time < end

    stock = [(max(a, start), b, net) for a, b, net in stock if b > start]
    duration = sum(b - a for a, b, _ in stock)
    served = [(wanted, short) for time, wanted, short in store.served if inside(time)]
    demand, short = (sum(amounts) for amounts in zip(*served, strict=True))
    orders = [undershoot for time, _, undershoot in store.placed if inside(time)]
    cycles = [r for r in store.receipts if inside(r.time)]
    if not store.rule.counts_reviews:
        cycles = [r for r in cycles if r.quantity > 0]
    receipts = [r for r in store.receipts if inside(r.time) and r.quantity > 0]
    lost = store.unmet == "lost"

    def share(events, good):
        return sum(map(good, events)) / len(events) if events else math.nan

    if lost:
        covered = 1 - lost_periods(inside) / duration
    else:
        covered = sum(b - a for a, b, net in stock if net >= 0) / duration
    backorders = sum((b - a) * max(-net, 0) for a, b, net in stock) / duration
    return {
        "fill_rate": 1 - short / demand,
        "unmet_fraction": short / demand,
        "cycle_service_level": share(
            cycles, lambda r: not r.lost_since_receipt if lost else r.net_before >= 0
        ),
        "order_cycle_service_level": share(
            receipts, lambda r: not r.lost_since_order if lost else r.net_before >= 0
        ),
        "period_service_level": covered,
        "ready_rate": sum(b - a for a, b, net in stock if net > 0) / duration,
        "expected_on_hand": sum((b - a) * max(net, 0) for a, b, net in stock) / duration,
        "expected_backorders": backorders,
        "orders_per_period": len(orders) / duration,
        "expected_shortage_per_cycle": short / len(orders) if orders else math.nan,
        "undershoot": sum(orders) / len(orders) if orders else math.nan,
        "safety_stock": sum(r.net_before for r in cycles) / len(cycles) if cycles else math.nan,
        "mean_wait": backorders * duration / demand,
    }
