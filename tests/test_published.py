"""Numbers that others published, reproduced through the public API.

`reference/published.json` holds them: textbooks, lecture notes, the documentation and the tests of
other packages. An entry names its source, the source's definition and how it maps to ours, the
`call` that reproduces it, the number as printed, and `rounding`, half a unit of its last printed
place. A number that a program printed with every digit of a double is held to the digits that
exact arithmetic confirms; a number that is exact in the source is held to 1e-9; an integer answer
has rounding 0.

A `call` has one of four forms, `demand` always being {"family": constructor, **its arguments}:
    {"demand", "method", "x"}                                   a method of a distribution
    {"function": "newsvendor" or "eoq", "args", "result"}       newsvendor also has "demand"
    {"policy", "parameters", "demand", "service", "result" or "cost"}
    {"policy", "for_target", "demand", "result"}                with "service": of the policy found

Known errata, left out because the printed number is wrong beyond its rounding:
- Caplice, ESD.260J Logistics Systems, MIT, Fall 2006, lecture 11, slide 24: item fill rate 0.95,
  Q = 228, sigma_L = 258.0888 prints a safety stock of 348; 1 - sigma_L G(k)/Q = 0.95 gives 339.2.
- The same course, lecture 13, slide 12: the loss of Poisson(0.8) at 4 is printed as 0.009;
  it is 0.0016.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import stocklevel as sl

PUBLISHED = json.loads(
    (Path(__file__).parent / "reference" / "published.json").read_text(encoding="utf-8")
)
FLOAT_SLACK = 1e-13


def build_demand(spec: dict[str, Any]) -> Any:
    """The distribution that {"family": "Gamma.from_shape_scale", "shape": ...} describes."""
    constructor: Any = sl
    for name in spec["family"].split("."):
        constructor = getattr(constructor, name)
    return constructor(**{name: value for name, value in spec.items() if name != "family"})


def evaluate_policy(call: dict[str, Any], demand: Any) -> Any:
    """A level that meets a target, a service measure, or a cost per period."""
    policy_class = getattr(sl, call["policy"])
    if "for_target" in call:
        policy = policy_class.for_target(demand, **call["for_target"])
    else:
        policy = policy_class(**call["parameters"])
    if "service" not in call:
        return getattr(policy, call["result"])
    service = policy.service(demand, **call["service"])
    return service.cost(**call["cost"]) if "cost" in call else getattr(service, call["result"])


def evaluate(call: dict[str, Any]) -> float:
    """What the library answers to one call."""
    demand = build_demand(call["demand"]) if "demand" in call else None
    if "policy" in call:
        return float(evaluate_policy(call, demand))
    if "function" in call:
        data = () if demand is None else (demand,)
        return float(getattr(getattr(sl, call["function"])(*data, **call["args"]), call["result"]))
    return float(getattr(demand, call["method"])(call["x"]))


@pytest.mark.parametrize("entry", PUBLISHED, ids=[entry["id"] for entry in PUBLISHED])
def test_published_number(entry: dict[str, Any]) -> None:
    published = entry["published"]
    slack = FLOAT_SLACK * abs(published)
    assert abs(evaluate(entry["call"]) - published) <= entry["rounding"] + slack


def test_enough_published_numbers_name_their_source_and_definition() -> None:
    documented = [entry for entry in PUBLISHED if entry["source"] and entry["definition"]]
    assert len(documented) >= 25
    assert len(documented) == len(PUBLISHED)
    assert len({entry["id"] for entry in PUBLISHED}) == len(PUBLISHED)
