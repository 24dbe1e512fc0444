"""What tune reports of its levels, evaluate finds of the same levels: frames of all families, for every policy."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.demand.families import CHOICES
from stocklevel.frame.plan import POLICIES
from stocklevel.service.result import MEASURES

TARGETS = ["fill_rate", "cycle_service_level", "ready_rate", "period_service_level"]
LEVELS = ["reorder_point", "order_up_to_level", "order_quantity_used"]
SIZE = 44


def mixed_frame(seed, policies):
    """Rows of every family, of steady and erratic demand, with lead times that are none, part, whole or random."""
    rng = np.random.default_rng(zlib.crc32(seed.encode()))
    families = np.resize(CHOICES, SIZE)
    mean = 10 ** rng.uniform(-0.5, 2.3, SIZE)
    mean[rng.random(SIZE) < 0.05] = 0.0
    spread = mean * rng.uniform(0.1, 0.5, SIZE)  # not below zero, for normal and uniform demand
    erratic = np.isin(families, ["auto", "gamma", "lognormal", "weibull", "matched_integer"])
    spread = np.where(erratic, mean * 10 ** rng.uniform(-0.5, 0.5, SIZE), spread)
    spread = np.where(
        families == "negative_binomial", np.sqrt(mean) * rng.uniform(1, 4, SIZE), spread
    )
    spread = np.where(families == "binomial", np.sqrt(mean) * rng.uniform(0.8, 0.99, SIZE), spread)
    fraction = mean % 1
    least = np.sqrt(fraction * (1 - fraction)) * 1.01  # what integers have at least
    whole = np.isin(families, ["binomial", "matched_integer"])
    spread = np.where(whole, np.maximum(spread, least), spread)
    time = rng.choice([0.0, 0.5, 1.0, 3.0, 4.7], SIZE)
    policy = np.resize(policies, SIZE)
    rng.shuffle(policy)
    watched = np.array([POLICIES[name][1] for name in policy])
    return pd.DataFrame(
        {
            "demand_mean": mean,
            "demand_std": np.where(families == "deterministic", 0.0, spread),
            "law": families,
            "lead_time": time,
            "lead_time_std": np.where((time > 0) & (rng.random(SIZE) < 0.3), 0.4, 0.0),
            "review_period": np.where(watched, 0, rng.choice([0, 1, 2, 5], SIZE)),
            "order_quantity": np.ceil(mean * rng.uniform(0.2, 6, SIZE)) + 1,
            "rule": policy,
        },
        index=[f"{seed}-{row:03}" for row in range(SIZE)],
    )


def same_again(frame, policy, **options):
    """The share of rows that were answered; their measures must come back, to the last digit."""
    options = {"policy": policy, "family": "law", "errors": "flag", **options}
    how = {name: options[name] for name in ("policy", "family", "errors")}
    how |= {name: options[name] for name in ("unmet", "method") if name in options}
    plan = sl.tune(frame, **options)
    held = [name for name in LEVELS if name in plan]
    answered = plan[held].notna().any(axis=1)
    back = sl.evaluate(plan[answered][[*frame.columns, *held]], **how)
    assert (back["status"].isin(["ok", "no_demand"])).all()
    for name in (*MEASURES, "family_used", "basis"):
        expected = plan[answered][name]
        assert np.array_equal(back[name].isna(), expected.isna()), name
        assert (back[name][expected.notna()] == expected.dropna()).all(), name
    return answered.mean()


@pytest.mark.parametrize(
    ("policy", "target"),
    [(policy, TARGETS[k]) for n, policy in enumerate(POLICIES) for k in (0, n % 3 + 1)],
)
def test_measures_of_a_plan_are_those_of_its_levels(policy, target):
    frame = mixed_frame(f"{policy} {target}", [policy])
    assert same_again(frame, policy, **{target: 0.93}) > 0.9


@pytest.mark.parametrize(
    ("policy", "method"),
    [
        ("(R,s,nQ)", "textbook"),
        ("(R,S)", "textbook"),
        ("(s,Q)", "no_undershoot"),
        ("(R,s,S)", "no_undershoot"),
    ],
)
def test_measures_by_other_formulas_are_those_of_the_levels(policy, method):
    frame = mixed_frame(f"{policy} {method}", [policy])
    if policy == "(R,S)":
        frame["review_period"] = frame["review_period"].clip(lower=1)
    assert same_again(frame, policy, fill_rate=0.93, method=method) > 0.9


def test_measures_of_policies_mixed_in_a_frame_are_those_of_their_levels():
    frame = mixed_frame("mixed", list(POLICIES))
    options = {"decimals": 2, "reorder_point_floor": 3, "reorder_point_cap": 400}
    assert same_again(frame, "rule", fill_rate=0.97, **options) > 0.9


def test_measures_of_base_stock_in_lots_are_those_of_its_levels():
    frame = mixed_frame("lots", ["(R,S)"])
    frame["order_multiple"] = np.resize([1, 6, 0, 1], SIZE)
    frame["min_order_quantity"] = np.resize([0, 0, 9, 1, 12], SIZE)
    assert same_again(frame, "(R,S)", fill_rate=0.93) > 0.9


@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(s,Q)", "(R,S)"])
def test_measures_of_lost_sales_are_those_of_the_levels(policy):
    """Rows of one order on its way, which need no play."""
    frame = mixed_frame(f"{policy} lost", [policy]).assign(lead_time_std=0.0)
    few = (frame["demand_mean"] < 20) & (frame["lead_time"] <= 1) & frame["law"].isin(
        ["poisson", "negative_binomial", "binomial", "auto", "matched_integer"]
    )  # fmt: skip
    frame = frame[few].assign(order_quantity=60, review_period=int(policy != "(s,Q)"))
    assert same_again(frame, policy, fill_rate=0.9, unmet="lost") > 0.9
