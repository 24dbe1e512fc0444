"""What a simulation counted: every measure with its standard error."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from stocklevel.arrays import give_back
from stocklevel.errors import InputError
from stocklevel.service.result import MEASURES, Service


class Simulated(Service):
    """Measures as they were counted in a simulation: those of ``policy.service``, with a standard error each.

    Attributes
    ----------
    batches : array of int
        Stretches of the simulation that the standard errors come from, over all replications.
    trajectory : pandas.DataFrame or None
        What happened, where it was asked for: a line a period (a line a customer where the review period is
        0), the warm-up included.  Columns: ``row``, ``replication``, ``time`` [periods], ``measured``
        (False in the warm-up), ``demand``, ``short`` (units not met at once), ``on_hand``, ``net_stock``,
        ``position`` (at the end of the period, or after the customer and any order), ``ordered``,
        ``received`` (since the line before), ``lead_time`` of what was ordered (NaN where nothing was).

    Notes
    -----
    Standard errors are those of ratios of totals, by the delta method over batches of periods that are
    long beside a replenishment cycle.  With few batches the error is itself uncertain: read it with
    Student's t of ``batches - 1`` degrees of freedom.  NaN means that the run is too short for two batches.

    Examples
    --------
    >>> import stocklevel as sl
    >>> found = sl.simulate(sl.OrderUpTo(33), sl.NegativeBinomial(5, 15**0.5), 3, periods=50_000, seed=1)
    >>> exact = sl.OrderUpTo(33).service(sl.NegativeBinomial(5, 15**0.5), 3)
    >>> bool(abs(found.fill_rate - exact.fill_rate) < 4 * found.standard_error("fill_rate"))
    True
    >>> found.basis
    'simulated'
    """

    _arrays: ClassVar[tuple[str, ...]] = (
        *Service._arrays,
        *(f"_error_{name}" for name in MEASURES),
        "batches",
    )
    batches: Any
    trajectory: pd.DataFrame | None = None

    def standard_error(self, measure: str) -> Any:
        """Standard error of a measure.

        Parameters
        ----------
        measure : str
            Its name.

        Returns
        -------
        float, array or Series
            In the unit of the measure, one a row; NaN where a run is too short to tell.

        Raises
        ------
        InputError
            A name that is no measure.

        Examples
        --------
        >>> import stocklevel as sl
        >>> found = sl.simulate(sl.OrderUpTo(9), sl.Poisson(6), periods=10_000, seed=1)
        >>> 0 < found.standard_error("fill_rate") < 0.01
        np.True_
        """
        if measure not in MEASURES:
            message = f"Simulated.standard_error: no measure {measure!r}; there are {', '.join(MEASURES)}."
            raise InputError(message)
        return give_back(vars(self)[f"_error_{measure}"], self.index)

    @property
    def standard_errors(self) -> dict[str, Any]:
        """Standard errors by name of the measure."""
        return {name: self.standard_error(name) for name in MEASURES}

    def to_frame(self, *, standard_errors: bool = False) -> pd.DataFrame:
        """All measures and the basis as columns, one row a SKU.

        Parameters
        ----------
        standard_errors : bool, optional
            Whether each measure is followed by its error, as ``fill_rate_error``.

        Returns
        -------
        pandas.DataFrame
            Thirteen measures, with their errors where asked for, and ``basis``.

        Raises
        ------
        InputError
            Rows of more than one dimension.

        Examples
        --------
        >>> import stocklevel as sl
        >>> found = sl.simulate(sl.OrderUpTo([9, 10]), sl.Poisson(6), periods=1000, seed=1)
        >>> found.to_frame(standard_errors=True).shape
        (2, 27)
        """
        frame = super().to_frame()
        if not standard_errors:
            return frame
        columns: dict[str, Any] = {}
        for name in MEASURES:
            columns[name] = frame[name]
            columns[f"{name}_error"] = np.atleast_1d(vars(self)[f"_error_{name}"])
        return pd.DataFrame({**columns, "basis": frame["basis"]}, index=frame.index)
