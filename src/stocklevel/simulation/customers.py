"""Customers under continuous review: how many come per period, and what one of them wants."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import exp1

from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand
from stocklevel.errors import InputError
from stocklevel.simulation.draws import GAMMA_JUMP, LOG_SERIES, Plan, add, parts_of

LEAST_JUMP = 1e-4  # of a gamma process, in units of its scale


def customers(who: str, demand: Demand) -> tuple[FloatArray, Any]:
    """Customers per period of each row, and the draws of what one wants.

    Poisson demand is customers who want one unit; negative binomial demand is Poisson customers, r ln(1 + mean/r)
    a period, who want log-series batches.  A family of its own brings a method ``customers()`` that returns
    the customers per period and the distribution of what one wants.
    """
    rate, plan = np.zeros(len(demand)), Plan(len(demand))
    for rows, part in parts_of(demand):
        mean = np.asarray(part.mean)
        family = getattr(part, "family", type(part).__name__)
        quiet = (mean == 0) | np.isnan(mean)
        rate[rows[quiet]] = mean[quiet]
        if quiet.all():
            continue
        random, at = part[~quiet], rows[~quiet]
        if hasattr(part, "customers"):
            rate[at], wants = random.customers()
            add(who, plan, at, wants)
        elif family in _PROCESSES and not np.any(np.asarray(random.std) == 0):
            rate[at] = _PROCESSES[family](plan, at, random)
        else:
            _refuse(who, family)
    return rate, plan.draws()


def _unit(plan: Plan, at: Any, demand: Any) -> Any:
    plan.constant(at, 1.0)
    return demand.mean


def _log_series(plan: Plan, at: Any, demand: Any) -> Any:
    mean, size = (np.asarray(demand.parameters[name]) for name in ("mean", "size"))
    like_poisson = np.isinf(size) | (mean < 1e-12 * size)
    with np.errstate(invalid="ignore"):
        log_some = np.log1p(mean / size)
        plan.set(at, LOG_SERIES, -log_some)
        plan.constant(at[like_poisson], 1.0)
        return np.where(like_poisson, mean, size * log_some)


def _jumps(plan: Plan, at: Any, demand: Any) -> Any:
    # A gamma process jumps by x at rate shape exp(-x)/x: without end by tiny amounts. Jumps above LEAST_JUMP come
    # at rate shape E1(LEAST_JUMP); the mean of the smaller ones, shape (1 - exp(-LEAST_JUMP)) a period, comes
    # with them in equal parts. What is left out is their variance, shape LEAST_JUMP^2/2.
    shape, scale = (np.asarray(demand.parameters[name]) for name in ("shape", "scale"))
    often = float(exp1(LEAST_JUMP))
    plan.set(at, GAMMA_JUMP, LEAST_JUMP, scale, -np.expm1(-LEAST_JUMP) / often)
    return shape * often


_PROCESSES = {"poisson": _unit, "negative_binomial": _log_series, "gamma": _jumps}


def _refuse(who: str, family: str) -> None:
    message = (
        f"{who}: {family} demand has no customers who come one by one, so there is nothing to watch "
        f"continuously. Take review_period >= 1 (a daily look at daily data is 1), or Poisson, "
        f"NegativeBinomial or Gamma demand."
    )
    raise InputError(message)
