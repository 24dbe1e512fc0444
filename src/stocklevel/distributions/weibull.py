"""Weibull demand."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import special

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.family import Refitted
from stocklevel.errors import require

LEAST_SHAPE = 0.012  # below, the second moment leaves the range of doubles


class Weibull(Refitted):
    """Weibull demand: P(X > x) = exp(-(x/scale)^shape), from heavy tails to nearly symmetric.

    Sums over time have no closed form: `over` any time but one period refits the two moments and says so
    in ``basis``.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    std : float, array or Series
        Standard deviation [units], >= 0; 0 is certain demand.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or spread where the mean is 0.
    IndexMismatchError
        Series arguments with different indexes.

    See Also
    --------
    Weibull.from_shape_scale : the same from natural parameters.

    Notes
    -----
    The shape solves Gamma(1 + 2/shape)/Gamma(1 + 1/shape)^2 = 1 + (std/mean)^2. With u = (x/scale)^shape the
    loss is scale/shape Gamma(1/shape, u), an incomplete gamma function.

    References
    ----------
    Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, volume 1, chapter 21.

    Examples
    --------
    >>> import stocklevel as sl
    >>> float(sl.Weibull.from_shape_scale(2, 100).sf(150))
    0.1053992
    """

    family = "weibull"
    kernel = _kernels.load("weibull")
    natural = ("shape", "scale")

    @classmethod
    def from_shape_scale(
        cls, shape: ArrayLike, scale: ArrayLike, *, index: pd.Index | None = None
    ) -> Self:
        """Weibull demand with P(X > x) = exp(-(x/scale)^shape).

        Parameters
        ----------
        shape : float, array or Series
            Shape, at least 0.012; 1 is exponential demand.
        scale : float, array or Series
            Scale [units], >= 0: the quantity that demand exceeds with probability 1/e.
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        Weibull
            Demand of mean scale Gamma(1 + 1/shape), rows of the broadcast shape.

        Raises
        ------
        InputError
            A negative or infinite value, or a shape below 0.012.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Weibull.from_shape_scale(1, 25)
        Weibull(mean=25, std=25)
        """
        shape, scale, index = cls._checked(index, shape=shape, scale=scale)
        require(cls.__name__, "shape", f"at least {LEAST_SHAPE}", shape, ~(shape < LEAST_SHAPE))
        mean = scale * special.gamma(1.0 + 1.0 / shape)
        return cls._make(
            (shape, scale), mean, mean * _rows(cls.kernel.variations, shape), index=index
        )

    @classmethod
    def _fit(cls, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, ...]:
        with np.errstate(divide="ignore", invalid="ignore"):
            shape = _rows(cls.kernel.shapes, std / mean)
            return shape, mean / special.gamma(1.0 + 1.0 / shape)

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        return self._column(self._b) * rng.weibull(self._column(self._a), shape)


def _rows(function: Any, values: FloatArray) -> FloatArray:
    """A row loop of the kernel over values of any shape."""
    flat = np.ascontiguousarray(values).ravel()
    out = np.empty(flat.shape)
    function(flat, out)
    return out.reshape(values.shape)
