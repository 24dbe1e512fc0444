"""Forecasts: a path of demand distributions, step by step."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import frozen
from stocklevel.demand.curves import Curves
from stocklevel.demand.cycles import Cycles
from stocklevel.demand.lattices import Lattices
from stocklevel.demand.paths import Moments, Path, Samples
from stocklevel.errors import InputError


class Forecast(Cycles):
    """Demand forecast for the next steps h = 1..H, a row a SKU; step 1 begins at this review.

    Made by `from_samples` (paths, which carry how the steps go together), `from_moments`, `from_quantiles` or
    `from_pmfs` (which do not: the dependence between steps has to be stated), by `from_frame` or
    `from_results` from what forecasting packages return.

    ``dependence`` is one of: "independent"; "comonotonic" (all steps are high or low together: the largest expected
    shortage that a total can have); a number, the correlation of neighbouring steps, its powers those of steps
    further apart; a matrix of correlations, H x H or one a SKU, such as `correlation_of` finds from residuals.

    Examples
    --------
    >>> import stocklevel as sl
    >>> forecast = sl.Forecast.from_moments(
    ...     [[90, 110, 100, 120]], [[20, 25, 25, 30]], dependence=0.3, family="normal")
    >>> forecast
    <Forecast: 1 row, 4 steps, from moments, correlated>
    >>> forecast.over(3).mean.tolist(), forecast.over(3).std.round(3).tolist()
    ([300.0], [49.143])
    >>> forecast.level_for(lead_time=2, review_period=1, fill_rate=0.95).round(3).tolist()
    [343.878]
    """

    # --- rows ------------------------------------------------------------------------------------

    def _compact(self) -> Self:
        new = self._with({"_row": self._row}, self.index)
        object.__setattr__(new, "_path", self._path.take(self._row.reshape(-1)))
        row = np.arange(self._row.size).reshape(self.shape)
        object.__setattr__(new, "_row", frozen(row, self.shape))
        return new

    def concat(self, *others: Self) -> Self:
        """These rows, then those of the others, of one kind, horizon and kind of dependence.

        Parameters
        ----------
        *others : Forecast
            What to append.

        Returns
        -------
        Forecast
            All rows; with an index where every part has one.

        Raises
        ------
        InputError
            Parts of different kinds or horizons.

        Examples
        --------
        >>> import stocklevel as sl
        >>> one = sl.Forecast.from_samples([[[2, 3], [0, 1]]])
        >>> len(one.concat(one, one))
        3
        """
        new = super().concat(*others)
        every = [one._compact() for one in (self, *others)]
        if len({(type(one._path), one.horizon) for one in every}) > 1:
            message = "Forecast.concat: all parts must be made the same way and have one horizon."
            raise InputError(message)
        path: Any = every[0]._path
        object.__setattr__(new, "_path", path.joined(*(one._path for one in every[1:])))
        object.__setattr__(new, "_row", frozen(np.arange(new.shape[0]), new.shape))
        return new

    def equals(self, other: object) -> bool:
        """Whether other holds the same steps, dependence and index, row by row.

        Parameters
        ----------
        other : object
            What to compare with.

        Returns
        -------
        bool
            False for anything but a `Forecast` that is the same to the last digit; NaN equals NaN.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_samples([[[3, 5], [4, 6]], [[7, 9], [8, 8]]])
        >>> forecast.equals(forecast[[0, 1]]), forecast.equals(forecast[[1, 0]])
        (True, False)
        """
        if not isinstance(other, Forecast) or self.shape != other.shape:
            return False
        same_index = (self.index is None) == (other.index is None) and (
            self.index is None or bool(self.index.equals(other.index))
        )
        mine, theirs = self._compact()._path, other._compact()._path
        if not same_index or type(mine) is not type(theirs):
            return False
        pairs = list(zip(mine.held(), theirs.held(), strict=False))
        return len(mine.held()) == len(theirs.held()) and all(
            np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs
        )

    def __repr__(self) -> str:
        path = self._path
        names = {Moments: "moments", Samples: "samples", Curves: "quantiles", Lattices: "pmfs"}
        rows = int(np.prod(self.shape))
        detail = f"from {names[type(path)]}"
        if isinstance(path, Samples):
            detail = f"{path.samples.shape[1]} sample paths"
        elif isinstance(path, Moments | Curves | Lattices):
            detail += f", {path.dependence.kind}"
        labels = "" if self.index is None else ", indexed"
        return (
            f"<Forecast: {rows} row{'' if rows == 1 else 's'}, {self.horizon} "
            f"step{'' if self.horizon == 1 else 's'}, {detail}{labels}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        own = self._compact()
        return (_rebuild, (own._path, own._row, own.index))


def _rebuild(path: Path, row: Any, index: pd.Index | None) -> Forecast:
    new = object.__new__(Forecast)
    new._hold({"_row": row}, index)
    object.__setattr__(new, "_path", path)
    return new
