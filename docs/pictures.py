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
        service = policy.service(demand, lead_time, cycle_service=False)
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


if __name__ == "__main__":
    README_PICTURE.parent.mkdir(exist_ok=True)
    promised_and_achieved(README_PICTURE)
