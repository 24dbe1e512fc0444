"""What other histories of the same demand would have told: demands that the parameters may have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.fitting import COUNTS, FAMILY_NAMES, INTERMITTENT, Fitted, build
from stocklevel.demand.history import History
from stocklevel.demand.hurdle import Hurdle
from stocklevel.demand.likelihood import feasible, fit_family
from stocklevel.demand.sums import sums_of
from stocklevel.distributions import DemandBatch

Rows = npt.NDArray[np.int64]


class Asked(NamedTuple):
    """How demand was to be fitted; the resampled histories are fitted the same way."""

    family: str
    method: str
    season_length: int | None = None


def tells(fitted: Fitted, min_demands: int) -> Mask:
    """SKUs whose history has a spread, and demand in enough periods."""
    with np.errstate(invalid="ignore"):
        open_ = (fitted.std > 0) & (fitted.mean > 0) & (fitted.sums.demands >= min_demands)
    return np.asarray(open_)


def possible(
    fitted: Fitted,
    history: History,
    rows: Rows,
    asked: Asked,
    resamples: int,
    rng: np.random.Generator,
) -> DemandBatch:
    """Demands that the rows may have, so many each, row by row; NaN where a resample tells nothing.

    Histories are drawn from the fit, and fitted again.  What these estimates are to the parameters that they were
    drawn from, the estimate of the real history is taken to be to the true ones: mean m^2/m*, coefficient of
    variation c^2/c* for the estimates m, c and the resampled m*, c*; of intermittent demand those of an amount,
    and the odds of one.  Of counts whose variance is below the mean the sample's own takes part, and the answer is
    what is feasible.
    """
    size = len(rows) * resamples
    family = np.repeat(fitted.family[rows], resamples)
    new, hurdle = np.full((2, size), np.nan), Hurdle.blank(size)
    mle = fitted.by_mle[rows] & (asked.method == "mle")
    if asked.method == "mle":
        mle |= fitted.family[rows] == FAMILY_NAMES.index("poisson")
    kinds = np.stack([fitted.family[rows], mle, fitted.hurdle.whole[rows]])
    for kind in np.unique(kinds, axis=1).T:
        mine = np.flatnonzero((kinds == kind[:, None]).all(axis=0))
        place = (mine[:, None] * resamples + np.arange(resamples)).ravel()
        own = _Own(fitted.rows(rows[mine]), history.rows(rows[mine]), asked, bool(kind[1]))
        drawn = _drawn(own, resamples, rng)
        if kind[0] == INTERMITTENT:
            hurdle.put(place, _possible_hurdle(own, drawn, resamples))
            continue
        name = FAMILY_NAMES[kind[0]]
        was = np.repeat(own.fitted.mean, resamples), np.repeat(own.fitted.std, resamples)
        real = _estimates(name, own.history, asked, own.mle)
        new[:, place] = _pivoted(real, was, _estimates(name, drawn, asked, own.mle), resamples)
    return build(*_feasible(family, new[0], new[1], asked), None, hurdle)


class _Own(NamedTuple):
    """Rows of one kind: their fit, their history, and how they are fitted."""

    fitted: Fitted
    history: History
    asked: Asked
    mle: bool


def _pivoted(
    real: tuple[FloatArray, FloatArray],
    was: tuple[FloatArray, FloatArray],
    drawn: tuple[FloatArray, FloatArray],
    resamples: int,
) -> tuple[FloatArray, FloatArray]:
    """Means and standard deviations from estimates, the parameters drawn from, and resampled estimates."""
    (m, s), (mean, std), (m_drawn, s_drawn) = real, was, drawn
    m, s = np.repeat(m, resamples), np.repeat(s, resamples)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        new_mean = m * mean / m_drawn
        apart = (std / mean) / (s_drawn / m_drawn)
        apart = np.where((s == 0) & (std == 0), 1.0, apart)  # amounts that never vary
        new_std = new_mean * (s / m) * apart
    lost = ~(np.isfinite(new_mean + new_std) & (new_mean > 0))
    return np.where(lost, np.nan, new_mean), np.where(lost, np.nan, new_std)


def _possible_hurdle(own: _Own, drawn: History, resamples: int) -> Hurdle:
    hurdle = own.fitted.hurdle
    was = np.repeat(hurdle.size_mean, resamples), np.repeat(hurdle.size_std, resamples)
    real = _occurrence(own.history, own)
    odds, *amounts = _occurrence(drawn, own)
    mean, std = _pivoted((real[1], real[2]), was, (amounts[0], amounts[1]), resamples)
    odds = np.repeat(real[0], resamples) ** 2 / odds
    whole = np.repeat(hurdle.whole, resamples)
    return Hurdle(odds / (1.0 + odds), np.where(whole, np.maximum(mean, 1.0), mean), std, whole)


def _occurrence(history: History, own: _Own) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Odds of demand, mean and standard deviation of the amounts."""
    occurring = history.weight * (history.demand > 0)
    seen, unit = occurring.sum(axis=1), float(own.fitted.hurdle.whole[0])
    odds = (seen + 0.5) / (history.weight.sum(axis=1) - seen + 0.5)
    amounts = History(np.where(occurring > 0, history.demand - unit, 0.0), occurring, None)
    family = "negative_binomial" if unit else "gamma"
    mean, std = _estimates(family, amounts, own.asked, own.mle)
    return odds, mean + unit, np.where(mean == 0, 0.0, std)  # all amounts are 1


def _drawn(own: _Own, resamples: int, rng: np.random.Generator) -> History:
    """Histories drawn from the fit, with the weights and seasons of the real one."""
    chosen = own.history
    count, periods = chosen.demand.shape
    demand: FloatArray = np.empty((count, resamples, periods))
    if chosen.exposure is None:
        flat = own.fitted.demand(None).sample(resamples * periods, seed=rng)
        demand = flat.reshape(demand.shape)
    else:
        length = own.asked.season_length or periods
        for season in range(min(length, periods)):
            at = np.arange(season, periods, length)
            law = own.fitted.demand(None, chosen.exposure[:, season])
            drawn = law.sample(resamples * len(at), seed=rng)
            demand[:, :, at] = drawn.reshape(count, resamples, len(at))
    weight = np.repeat(chosen.weight, resamples, axis=0)
    exposure = None
    if chosen.exposure is not None:
        exposure = np.repeat(chosen.exposure, resamples, axis=0)
    demand = demand.reshape(weight.shape)
    if not weight.all():
        demand[weight == 0] = 0.0
    return History(demand, weight, None, exposure)


def _estimates(
    family: str, history: History, asked: Asked, by_mle: bool
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each history where the index is 1, below Poisson too."""
    sums = sums_of(history)
    if family not in COUNTS:
        fit = fit_family(family, history, sums, by_mle)
        return fit.mean, fit.std
    if asked.family == "poisson":
        return sums.mean, np.sqrt(sums.mean)
    size = sums.size
    with np.errstate(all="ignore"):
        sample = np.sqrt(sums.mean * sums.dispersion)
        if by_mle:
            fit = fit_family("negative_binomial", history, sums, True)
            excess = fit.std**2 > sums.mean * (1 + 1e-12)
            return sums.mean, np.where(excess, fit.std, np.minimum(sample, np.sqrt(sums.mean)))
        wide = np.sqrt(sums.mean + sums.mean**2 / size)
    return sums.mean, np.where(np.isfinite(size), wide, sample)


def _feasible(
    family: npt.NDArray[np.int8], mean: FloatArray, std: FloatArray, asked: Asked
) -> tuple[npt.NDArray[np.int8], FloatArray, FloatArray]:
    """Families and moments, counts as far as counts have them."""
    counts = np.isin(family, [FAMILY_NAMES.index(name) for name in COUNTS])
    kind = asked.family if asked.family in COUNTS else "matched_integer"
    codes = np.where(counts, np.int8(FAMILY_NAMES.index(kind)), family)
    with np.errstate(invalid="ignore"):
        return codes, mean, np.where(counts, feasible(mean, std), std)
