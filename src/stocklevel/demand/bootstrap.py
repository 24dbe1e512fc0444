"""What other histories of the same demand would have told: demands that the parameters may have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.fitting import COUNTS, FAMILY_NAMES, Fitted, build
from stocklevel.demand.history import History
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
    variation c^2/c* for the estimates m, c and the resampled m*, c*.  Of counts whose variance is below the
    mean the sample's own takes part, and the answer is what is feasible.
    """
    family = np.repeat(fitted.family[rows], resamples)
    mean, std = (np.repeat(part[rows], resamples) for part in (fitted.mean, fitted.std))
    new_mean, new_std = np.empty(family.size), np.empty(family.size)
    mle = fitted.by_mle[rows] & (asked.method == "mle")
    if asked.method == "mle":
        mle |= np.isin(fitted.family[rows], [FAMILY_NAMES.index("poisson")])
    for code, by_mle in sorted(set(zip(fitted.family[rows].tolist(), mle.tolist(), strict=True))):
        mine = np.flatnonzero((fitted.family[rows] == code) & (mle == by_mle))
        own, name = rows[mine], FAMILY_NAMES[code]
        drawn = _drawn(fitted, history, own, asked, resamples, rng)
        m, s = _estimates(name, history.rows(own), asked, by_mle)
        m_drawn, s_drawn = _estimates(name, drawn, asked, by_mle)
        place = (mine[:, None] * resamples + np.arange(resamples)).ravel()
        m, s = np.repeat(m, resamples), np.repeat(s, resamples)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new_mean[place] = m * mean[place] / m_drawn
            apart = (std[place] / mean[place]) / (s_drawn / m_drawn)
            new_std[place] = new_mean[place] * (s / m) * apart
    lost = ~(np.isfinite(new_mean + new_std) & (new_mean > 0) & (new_std > 0))
    new_mean[lost] = new_std[lost] = np.nan
    return _feasible(family, new_mean, new_std, asked)


def _drawn(
    fitted: Fitted,
    history: History,
    rows: Rows,
    asked: Asked,
    resamples: int,
    rng: np.random.Generator,
) -> History:
    """Histories drawn from the fit, with the weights and seasons of the real one."""
    periods = history.demand.shape[1]
    shape = len(rows), resamples, periods
    family, mean, std = fitted.family[rows], fitted.mean[rows], fitted.std[rows]
    chosen = history.rows(rows)
    demand: FloatArray = np.empty(shape)
    if chosen.exposure is None:
        flat = build(family, mean, std, None).sample(resamples * periods, seed=rng)
        demand = flat.reshape(shape)
    else:
        length = asked.season_length or periods
        part = Fitted(family, mean, std, mean, mean, np.zeros(len(rows), np.bool_), fitted.sums)
        for season in range(min(length, periods)):
            at = np.arange(season, periods, length)
            law = part.demand(None, chosen.exposure[:, season])
            drawn = law.sample(resamples * len(at), seed=rng)
            demand[:, :, at] = drawn.reshape(*shape[:2], len(at))
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
) -> DemandBatch:
    """Distributions with these moments, counts as far as counts have them."""
    counts = np.isin(family, [FAMILY_NAMES.index(name) for name in COUNTS])
    kind = asked.family if asked.family in COUNTS else "matched_integer"
    codes = np.where(counts, np.int8(FAMILY_NAMES.index(kind)), family)
    with np.errstate(invalid="ignore"):
        std = np.where(counts, feasible(mean, std), std)
    return build(codes, mean, std, None)
