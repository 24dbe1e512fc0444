"""The pictures of the documentation.  Run as a script it makes the one that the README shows.

    python docs/pictures.py

writes docs/_static/promised_and_achieved.png, which is committed; all others are made in the build.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import stocklevel as sl

README_PICTURE = Path(__file__).parent / "_static" / "promised_and_achieved.png"
EXACT, TEXTBOOK = "tab:blue", "tab:orange"


def promised_and_achieved(file: Path) -> None:
    """Fill rate that reorder points by both rules achieve, over order quantity and lumpiness."""
    target, mean, lead_time = 0.95, 5.0, 3
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    quantity = np.arange(4.0, 101.0)
    ratio = np.linspace(1.0, 10.0, 37)
    panels = (
        (left, quantity, quantity, np.full(quantity.size, 3.0), "order quantity Q [units]"),
        (right, ratio, np.full(ratio.size, 15.0), ratio, "variance of weekly demand / mean"),
    )
    for axes, x, order_quantity, lumpiness, label in panels:
        demand = sl.NegativeBinomial(mean, np.sqrt(mean * lumpiness))
        for method, colour in (("exact", EXACT), ("textbook", TEXTBOOK)):
            policy = sl.ReorderPoint.for_target(
                demand, lead_time, order_quantity=order_quantity, fill_rate=target, method=method
            )
            achieved = policy.service(demand, lead_time).fill_rate
            axes.plot(x, 100 * achieved, color=colour, label=f"reorder point: {method}")
        axes.axhline(100 * target, color="black", lw=1, label="promised by both")
        axes.set_xlabel(label)
        axes.yaxis.set_major_formatter("{x:g} %")
        axes.grid(alpha=0.3)
    left.set_title("variance / mean = 3", fontsize="medium")
    right.set_title("Q = 15", fontsize="medium")
    left.set_ylabel("fill rate achieved")
    right.legend(loc="center right", bbox_to_anchor=(1.0, 0.62), fontsize="small")
    figure.suptitle(
        f"Weekly demand negative binomial, mean {mean:g}; lead time {lead_time} weeks, weekly review",
        fontsize="medium",
    )
    figure.savefig(file, dpi=100, metadata={"Software": None})


def cost_of_service(file: Path, demand: sl.Gamma, lead_time: float, quantity: float) -> None:
    """Stock on hand against the target, for both types of service."""
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.subplots()
    miss = np.logspace(-0.7, -6, 60)
    for name, label, colour in (
        ("cycle_service_level", "type I: cycle service level", TEXTBOOK),
        ("fill_rate", "type II: fill rate", EXACT),
    ):
        policy = sl.ReorderPoint.for_target(
            demand, lead_time, order_quantity=quantity, **{name: 1.0 - miss}
        )
        service = policy.service(demand, lead_time)
        axes.plot(miss, service.expected_on_hand, color=colour, label=label)
    axes.set_xscale("log")
    axes.invert_xaxis()
    ticks = 10.0 ** -np.arange(1, 7)
    axes.set_xticks(ticks, [f"{100 * (1 - tick):.6g} %" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("target")
    axes.set_ylabel("expected stock on hand [units]")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=100, metadata={"Software": None})


def position_laws(file: Path, demand: sl.NegativeBinomial) -> None:
    """Where the position stands after a review, under a reorder point and under min/max."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    lots, min_max = sl.ReorderPoint(20, 15), sl.MinMax(20, 35)
    uniform = lots.position_after_order(demand)
    above = float(uniform.low) + np.arange(1.0, float(uniform.width) + 1)
    renewal = min_max.position_after_order(demand)
    panels = (
        (left, lots, above, np.full(above.size, 1 / above.size), "uniform"),
        (right, min_max, renewal.level - renewal.below, renewal.weights, "renewal"),
    )
    for axes, policy, position, weights, name in panels:
        axes.bar(position, 100 * weights, color=EXACT, width=0.8)
        mean = float(weights @ position)
        axes.axvline(mean, color=TEXTBOOK, label=f"mean {mean:.1f}")
        axes.set_title(f"{type(policy).__name__}: {name}", fontsize="medium")
        axes.set_xlabel("position after a review [units]")
        axes.yaxis.set_major_formatter("{x:g} %")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small", loc="upper left")
    left.set_ylabel("share of reviews")
    figure.savefig(file, dpi=100, metadata={"Software": None})


def promised_by_lumpiness(file: Path) -> None:
    """Fill rate that the jump-free formula promises, and the real one, over the variance of demand."""
    mean, lead_time = 5.0, 3
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    ratio = np.linspace(1.05, 10.0, 37)
    played = ratio[4::8]
    kinds = (sl.ReorderPoint(20, 15, 0), sl.ReorderPoint(20, 15, 1), sl.MinMax(20, 35, 1))
    titles = ("(s, Q), every customer seen", "(R, s, nQ), weekly", "(R, s, S), weekly")
    for axes, policy, title in zip(panels, kinds, titles, strict=True):
        demand = sl.NegativeBinomial(mean, np.sqrt(mean * ratio))
        for method, text, colour in (
            ("no_undershoot", "promised, jump-free", TEXTBOOK),
            ("exact", "real", EXACT),
        ):
            service = policy.service(demand, lead_time, method=method)
            axes.plot(ratio, 100 * service.fill_rate, color=colour, label=text)
        some = sl.NegativeBinomial(mean, np.sqrt(mean * played))
        seen = sl.simulate(policy, some, lead_time, periods=200_000, seed=1)
        axes.plot(played, 100 * seen.fill_rate, "k.", label="simulated")
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel("variance / mean")
        axes.yaxis.set_major_formatter("{x:g} %")
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("fill rate")
    panels[0].legend(fontsize="small")
    figure.savefig(file, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    README_PICTURE.parent.mkdir(exist_ok=True)
    promised_and_achieved(README_PICTURE)
