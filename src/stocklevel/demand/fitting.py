"""The family of each SKU and its parameters, from its history."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.censored import fit_censored
from stocklevel.demand.history import History
from stocklevel.demand.hurdle import ENOUGH, MANY_ZEROS, Hurdle, criterion, fit_hurdle
from stocklevel.demand.likelihood import (
    LIKELY,
    NORMAL_BELOW,
    SMOOTH,
    WHOLE,
    Fit,
    feasible,
    fit_family,
)
from stocklevel.demand.sums import Sums, sums_of
from stocklevel.distributions import FAMILIES, Demand, DemandBatch
from stocklevel.distributions.batch import flatten
from stocklevel.distributions.occasional import Occasional

FAMILY_NAMES = (*FAMILIES, "intermittent")
COUNTS = ("poisson", "negative_binomial", "binomial", "matched_integer")
_CERTAIN, INTERMITTENT = (FAMILY_NAMES.index(name) for name in ("deterministic", "intermittent"))


class Fitted(NamedTuple):
    """The chosen family of each SKU; NaN moments where the history says nothing."""

    family: npt.NDArray[np.int8]  # place in FAMILY_NAMES
    mean: FloatArray
    std: FloatArray
    log_likelihood: FloatArray
    aic: FloatArray
    by_mle: Mask
    sums: Sums
    hurdle: Hurdle

    def demand(self, index: pd.Index | None, factor: FloatArray | float = 1.0) -> DemandBatch:
        """Demand where the seasonal index is the factor."""
        mean, std = scaled(self.family, self.mean, self.std, factor)
        return build(self.family, mean, std, index, self.hurdle)

    def rows(self, chosen: Any) -> Fitted:
        """Some of the SKUs."""
        sums = Sums(*(part[chosen] for part in self.sums))
        parts = [part[chosen] for part in self[: len(self) - 2]]
        return Fitted._make([*parts, sums, self.hurdle.rows(chosen)])

    @property
    def counts(self) -> Mask:
        """Rows whose fit is of whole units."""
        return np.isin(self.family, [FAMILY_NAMES.index(name) for name in COUNTS]) | (
            (self.family == INTERMITTENT) & self.hurdle.whole
        )


def fit_history(history: History, family: str, method: str, integer: bool | None) -> Fitted:
    """The family of each history, or the likeliest for "auto".

    Whole units: the least AIC of Poisson, negative binomial and, with a variance below the mean, the
    binomial mixture; intermittent where zeros are many and it has a lesser BIC than all of these.  Else the
    likeliest of gamma, normal (cv up to 0.5) and lognormal; gamma by its moments where some periods saw no
    demand.  A history without spread is certain demand.
    """
    sums = sums_of(history)
    count = len(sums.mean)
    censored: Mask = np.zeros(count, np.bool_)
    if history.censored is not None:
        censored = np.asarray((history.censored & (history.demand > 0)).any(axis=1))
    mean, std, likely, aic = (np.full(count, np.nan) for _ in range(4))
    family_codes = np.full(count, _CERTAIN, np.int8)
    by_mle: Mask = np.zeros(count, np.bool_)
    out = Fitted(family_codes, mean, std, likely, aic, by_mle, sums, Hurdle.blank(count))
    whole = sums.whole == 1 if integer is None else np.full(count, integer)
    alive = sums.periods > 0
    certain = alive & ((sums.demands == 0) | ((sums.scaled_var <= 0) & (family == "auto")))
    certain &= ~(censored & (sums.demands > 0))
    _settle(out, certain, sums.scaled_mean)
    if family == "intermittent":
        rows = np.flatnonzero(alive & ~certain)
        if rows.size:
            own, part = history.rows(rows), Sums(*(value[rows] for value in sums))
            fit, found = fit_hurdle(own, part, whole[rows], method == "mle")
            _cross(out, rows, fit, found)
        return out
    groups: list[tuple[Mask, tuple[str, ...]]] = [(alive, (family,))]
    if family == "auto":
        groups = [(alive & whole, WHOLE), (alive & ~whole, SMOOTH)]
    for mine, names in groups:
        plain = np.flatnonzero(mine & ~certain & ~censored)
        if plain.size:
            own = history if plain.size == count else history.rows(plain)
            part = sums if plain.size == count else Sums(*(value[plain] for value in sums))
            fits = [fit_family(name, own, part, method == "mle") for name in names]
            _choose(out, plain, names, fits, part)
        hidden = np.flatnonzero(mine & ~certain & censored)
        names = tuple(name for name in names if name in LIKELY)
        if hidden.size:
            own, part = history.rows(hidden), Sums(*(value[hidden] for value in sums))
            _choose(out, hidden, names, [fit_censored(name, own, part) for name in names], part)
    if family == "auto" and history.exposure is None:
        seldom = (sums.adi > MANY_ZEROS) & (sums.demands >= ENOUGH)
        rows = np.flatnonzero(alive & whole & ~certain & ~censored & seldom)
        if rows.size:
            _compare(out, rows, history.rows(rows), method == "mle")
    return out


def _compare(out: Fitted, rows: npt.NDArray[np.int64], history: History, mle: bool) -> None:
    """Intermittent where its BIC is least, also of negative binomial demand of greatest likelihood."""
    sums = Sums(*(value[rows] for value in out.sums))
    fit, found = fit_hurdle(history, sums, np.ones(len(rows), np.bool_), mle)
    likely = out.log_likelihood[rows]
    own = criterion(fit.log_likelihood, fit.parameters, sums.total_weight)
    known = criterion(likely, 0.5 * out.aic[rows] + likely, sums.total_weight)
    mine = own < known
    if not mle and mine.any():
        part = Sums(*(value[mine] for value in sums))
        rival = fit_family("negative_binomial", history.rows(mine), part, True)
        mine[mine] = own[mine] < criterion(rival.log_likelihood, 2, part.total_weight)
    _cross(out, rows[mine], _taken(fit, mine), found.rows(mine))


def _taken(fit: Fit, rows: Mask) -> Fit:
    free = np.broadcast_to(np.asarray(fit.parameters, np.float64), rows.shape)[rows]
    return Fit(fit.mean[rows], fit.std[rows], fit.log_likelihood[rows], free, fit.by_mle[rows])


def _cross(out: Fitted, rows: npt.NDArray[np.int64], fit: Fit, found: Hurdle) -> None:
    """Make these rows intermittent."""
    out.family[rows] = INTERMITTENT
    out.mean[rows], out.std[rows], out.by_mle[rows] = fit.mean, fit.std, fit.by_mle
    out.log_likelihood[rows] = fit.log_likelihood
    out.aic[rows] = 2.0 * fit.parameters - 2.0 * fit.log_likelihood
    out.hurdle.put(rows, found)


def _settle(out: Fitted, certain: Mask, mean: FloatArray) -> None:
    out.mean[certain], out.std[certain] = mean[certain], 0.0
    out.log_likelihood[certain], out.aic[certain] = 0.0, 2.0


def _choose(
    out: Fitted, rows: npt.NDArray[np.int64], names: tuple[str, ...], fits: list[Fit], sums: Sums
) -> None:
    """The fit of least AIC in each row; the first where none has a likelihood."""
    criterion = np.stack([2.0 * fit.parameters - 2.0 * fit.log_likelihood for fit in fits])
    usable = np.where(np.isnan(criterion), np.inf, criterion)
    for at, name in enumerate(names):
        if len(names) > 1 and name == "normal":
            usable[at][~(fits[at].std <= NORMAL_BELOW * fits[at].mean)] = np.inf
        if len(names) > 1 and name == "negative_binomial":
            usable[at][~(fits[at].std ** 2 > fits[at].mean * (1 + 1e-12))] = np.inf
    if names == SMOOTH:
        usable[1:, sums.positive != 1] = np.inf  # no density at 0
    best = usable.argmin(axis=0)
    for at, name in enumerate(names):
        mine = best == at
        place = rows[mine]
        out.family[place] = FAMILY_NAMES.index(name)
        for target, values in (
            (out.mean, fits[at].mean),
            (out.std, fits[at].std),
            (out.log_likelihood, fits[at].log_likelihood),
            (out.aic, criterion[at]),
            (out.by_mle, fits[at].by_mle),
        ):
            target[place] = values[mine]


def scaled(
    family: npt.NDArray[np.int8], mean: FloatArray, std: FloatArray, factor: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Moments where the seasonal index is the factor.

    Continuous demand keeps its coefficient of variation, negative binomial demand its size, other counts
    their ratio of variance to mean.
    """
    factor = np.broadcast_to(np.asarray(factor, np.float64), mean.shape)
    new = mean * factor
    excess = np.maximum(std**2 - mean, 0.0)
    size_kept = np.sqrt(new + excess * factor**2)
    counts = np.isin(family, [FAMILY_NAMES.index(name) for name in COUNTS])
    with np.errstate(invalid="ignore"):
        ratio_kept = feasible(new, std * np.sqrt(factor))
    spread = np.where(counts, np.where(std**2 >= mean, size_kept, ratio_kept), std * factor)
    return new, np.where(factor == 1, std, spread)


def build(
    family: npt.NDArray[np.int8],
    mean: FloatArray,
    std: FloatArray,
    index: pd.Index | None,
    hurdle: Hurdle | None = None,
) -> DemandBatch:
    """One part a family that occurs."""
    codes = np.zeros(mean.size, np.int8)
    parts: list[Demand] = []
    if hurdle is not None and (family == INTERMITTENT).any():
        for whole in (True, False):
            mine = (family == INTERMITTENT) & (hurdle.whole == whole)
            if mine.any():
                codes[mine] = len(parts)
                parts.append(Occasional(*hurdle.rows(mine)[:3], whole=whole))
        family = np.where(family == INTERMITTENT, np.int8(-1), family)
    for code in np.unique(family[family >= 0]):
        mine = family == code
        codes[mine] = len(parts)
        name = FAMILY_NAMES[code]
        m, s = mean[mine], std[mine]
        if name == "negative_binomial":
            s = np.maximum(s, np.sqrt(m))  # without excess it is Poisson
        kind = FAMILIES[name]
        parts.append(kind(m) if name in ("poisson", "deterministic") else kind(m, s))  # type: ignore[call-arg]
    flat, each = flatten(codes, parts)
    used = [code for code, part in enumerate(each) if len(part)]
    renumber = np.zeros(max(len(each), 1), np.int8)
    renumber[used] = np.arange(len(used))
    return DemandBatch._of(renumber[flat], [each[code] for code in used], index)
