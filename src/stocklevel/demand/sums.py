"""What fitting needs to know of each history: weighted sums, one pass over the cells."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel._kernels.threads import HEAVY, run
from stocklevel.arrays import FloatArray
from stocklevel.demand.history import History

_BLOCK = 512  # rows whose cells stay in the cache


class Sums(NamedTuple):
    """One value a SKU; averages are weighted, NaN without a cell."""

    periods: FloatArray  # cells that count
    demands: FloatArray  # of them with demand
    total_weight: FloatArray
    correction: FloatArray  # W / (W - k W2/W), k means estimated: n/(n-k) for equal weights
    mean: FloatArray  # whole units: sum w y / sum w e, e the exposure
    size: FloatArray  # negative binomial by moments; infinite without excess
    dispersion: FloatArray  # variance over mean
    scaled_mean: FloatArray  # of y/e
    scaled_var: FloatArray  # of y/e, with weights W
    mean_log: FloatArray  # of log(y/e), over y > 0
    var_log: FloatArray
    log_exposure: FloatArray  # sum w log e
    size_cv2: FloatArray  # squared coefficient of variation of demand where there is some
    whole: FloatArray  # 1 where every amount is whole
    positive: FloatArray  # 1 where no counted cell is 0

    @property
    def adi(self) -> FloatArray:
        """Average demand interval: periods for each one with demand."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.demands > 0, self.periods / self.demands, np.inf)


def sums_of(history: History) -> Sums:
    """The sums of every history; the same for any number of threads."""
    out = np.empty((len(Sums._fields), len(history.demand)))

    def work(rows: slice) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            out[:, rows] = _sums(history.rows(rows))

    run(work, out.shape[1], largest=_BLOCK, smallest=HEAVY)
    return Sums(*out)


def _sums(history: History) -> list[Any]:
    y, w, e = history.demand, history.weight, history.exposure
    counted = w > 0
    seen = counted & (y > 0)
    weight = w.sum(axis=1)
    means = 1.0 if history.means is None else history.means
    correction = weight / (weight - means * (w * w).sum(axis=1) / weight)
    correction[~(correction > 0) | np.isinf(correction)] = np.nan
    scale: Any = 1.0 if e is None else e
    exposed = weight if e is None else (w * e).sum(axis=1)
    mean = (w * y).sum(axis=1) / exposed
    around = y - mean[:, None] * scale
    square = correction * (w * around * around).sum(axis=1)
    excess = square - mean * exposed
    excess = np.where(excess > 1e-12 * square, excess, 0.0)
    squared = weight if e is None else (w * e * e).sum(axis=1)
    size = mean**2 * squared / excess
    dispersion = square / (mean * exposed)
    z = y if e is None else np.where(counted, y / e, 0.0)
    scaled = (w * z).sum(axis=1) / weight
    centred = z - scaled[:, None]
    scaled_var = (w * centred * centred).sum(axis=1) / weight
    log = np.log(np.where(seen, z, 1.0))
    some = (w * seen).sum(axis=1)
    mean_log = (w * log).sum(axis=1) / some
    off = np.where(seen, log - mean_log[:, None], 0.0)
    var_log = (w * off * off).sum(axis=1) / some
    count = seen.sum(axis=1)
    amounts = np.where(seen, y, 0.0)
    average = amounts.sum(axis=1) / count
    apart = np.where(seen, y - average[:, None], 0.0)
    cv2 = (apart * apart).sum(axis=1) / np.maximum(count - 1, 1) / average**2
    return [
        counted.sum(axis=1),
        count,
        weight,
        correction,
        mean,
        size,
        dispersion,
        scaled,
        scaled_var,
        mean_log,
        var_log,
        np.zeros_like(weight) if e is None else (w * np.log(np.where(counted, e, 1.0))).sum(axis=1),
        np.where(count > 1, cv2, np.nan),
        (np.floor(y) == y).all(axis=1),
        (seen == counted).all(axis=1),
    ]
