"""How the demand of one step of a forecast goes with that of another: always stated, never assumed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import special

from stocklevel.arrays import ArrayLike, FloatArray, Mask, to_floats
from stocklevel.errors import InputError, require

INDEPENDENT, COMONOTONIC, CORRELATED = "independent", "comonotonic", "correlated"
TOGETHER, SEPARATE, COPULA = range(3)  # how the steps of a row add up
_ROUNDING = 1e-8  # of eigenvalues of a correlation matrix


class Dependence(NamedTuple):
    """Independent steps, steps that rise and fall together, or their correlations."""

    kind: str
    matrix: FloatArray | None = None  # (rows, horizon, horizon)

    def take(self, rows: Any) -> Dependence:
        """That of some of the rows."""
        return self if self.matrix is None else Dependence(self.kind, self.matrix[rows])

    def dropped(self, steps: int) -> Dependence:
        """That of the later steps."""
        if self.matrix is None:
            return self
        return Dependence(self.kind, self.matrix[:, steps:, steps:])

    def joined(self, *others: Dependence) -> Dependence:
        """These rows, then the others, all of one kind."""
        if any(other.kind != self.kind for other in others):
            kinds = ", ".join(dict.fromkeys([self.kind, *(other.kind for other in others)]))
            message = f"Forecast.concat: all parts must have one kind of dependence, not {kinds}."
            raise InputError(message)
        if self.matrix is None:
            return self
        every = [one.matrix for one in (self, *others) if one.matrix is not None]
        return Dependence(self.kind, np.concatenate(every))

    def of(self, rows: Any) -> FloatArray:
        """The correlations of some of the rows."""
        assert self.matrix is not None
        return self.matrix[rows]

    def kinds(self, uncertain: Mask) -> Any:
        """For each row whether its uncertain steps rise and fall together, are independent, or neither."""
        rows = len(uncertain)
        if self.matrix is None:
            return np.full(rows, TOGETHER if self.kind == COMONOTONIC else SEPARATE)
        both = uncertain[:, :, np.newaxis] & uncertain[:, np.newaxis, :]
        both &= ~np.eye(uncertain.shape[1], dtype=np.bool_)
        none, all_ = (~(both & (self.matrix != value)).any(axis=(1, 2)) for value in (0.0, 1.0))
        return np.where(none, SEPARATE, np.where(all_, TOGETHER, COPULA))

    def variance(self, weights: FloatArray, std: FloatArray) -> FloatArray:
        """Of the first part of the steps, a weight of each: demand runs evenly through a step."""
        if self.kind == COMONOTONIC:
            return np.asarray((weights * std).sum(axis=1) ** 2)
        own = np.asarray((weights * std**2).sum(axis=1))
        if self.matrix is None:
            return own
        part = weights * std
        both = np.einsum("rh,rhk,rk->r", part, self.matrix, part)
        return np.maximum(own + both - (part**2).sum(axis=1), 0.0)


def read_dependence(who: str, value: Any, rows: int, horizon: int) -> Dependence:
    """A word, a number, or matrices, for so many rows."""
    if isinstance(value, Dependence):
        return value
    if isinstance(value, str):
        if value in (INDEPENDENT, COMONOTONIC):
            return Dependence(value)
        message = (
            f"{who}: dependence must be 'independent', 'comonotonic', a correlation of neighbouring steps or a "
            f"correlation matrix (Forecast.correlation_of(residuals)), not {value!r}."
        )
        raise InputError(message)
    given = to_floats(who, "dependence", value)
    if given.ndim in (0, 1):
        require(who, "dependence", "between -1 and 1", given, (given >= -1) & (given <= 1))
        if given.ndim == 1 and given.size != rows:
            _refuse(who, given.shape, rows, horizon)
        step = np.arange(horizon)
        lag = np.abs(step[:, np.newaxis] - step)
        matrix = np.broadcast_to(given, (rows,))[:, np.newaxis, np.newaxis] ** lag
        return Dependence(CORRELATED, matrix)
    if given.shape[-2:] != (horizon, horizon) or given.ndim > 3:
        _refuse(who, given.shape, rows, horizon)
    if given.ndim == 3 and given.shape[0] != rows:
        _refuse(who, given.shape, rows, horizon)
    _check(who, given)
    return Dependence(CORRELATED, np.broadcast_to(given, (rows, horizon, horizon)))


def _refuse(who: str, shape: tuple[int, ...], rows: int, horizon: int) -> None:
    message = (
        f"{who}: dependence must be one correlation, one a row ({rows}), or matrices of shape ({horizon}, {horizon}) "
        f"or ({rows}, {horizon}, {horizon}), not an array of shape {shape}."
    )
    raise InputError(message)


def _check(who: str, matrix: FloatArray) -> None:
    """Raise unless the matrices are correlations."""
    known = np.asarray(np.isfinite(matrix).all(axis=(-2, -1)))
    require(who, "dependence", "finite", np.where(known, 0.0, np.nan), known)
    ones = np.abs(np.diagonal(matrix, axis1=-2, axis2=-1) - 1.0).max(axis=-1)
    require(who, "dependence", "a matrix with 1 on its diagonal", ones, ones <= _ROUNDING)
    skew = np.abs(matrix - np.swapaxes(matrix, -1, -2)).max(axis=(-2, -1))
    require(who, "dependence", "a symmetric matrix", skew, skew <= _ROUNDING)
    least = np.linalg.eigvalsh(matrix)[..., 0]
    rule = "a matrix without negative eigenvalues, as correlations are"
    require(who, "dependence", rule, least, np.asarray(least >= -_ROUNDING * matrix.shape[-1]))


def correlation_of(residuals: ArrayLike, *, normal_scores: bool = False) -> FloatArray:
    """Correlations between the forecast errors of the steps; see `Forecast.correlation_of`."""
    who = "Forecast.correlation_of"
    errors = to_floats(who, "residuals", residuals)
    if errors.ndim < 2 or errors.ndim > 3:
        message = (
            f"{who}: residuals must have shape (origins, horizon) or (n_skus, origins, horizon): a line of errors for "
            f"each time a forecast was made. Their shape is {errors.shape}."
        )
        raise InputError(message)
    if errors.ndim == 3:
        return np.stack([correlation_of(own, normal_scores=normal_scores) for own in errors])
    errors = errors[~np.isnan(errors).any(axis=1)]
    if len(errors) < 3:
        message = (
            f"{who}: {len(errors)} complete lines of residuals are too few; at least 3 forecasts must have all their "
            f"steps observed. Shorten the horizon, or pool the residuals of similar SKUs (divided by their std)."
        )
        raise InputError(message)
    require(who, "residuals", "finite", errors, np.isfinite(errors))
    if normal_scores:
        from scipy import stats  # slow to import

        errors = special.ndtri(stats.rankdata(errors, axis=0) / (len(errors) + 1.0))
    centred = errors - errors.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    part = np.divide(centred, scale, out=np.zeros_like(centred), where=scale > 0)
    found = part.T @ part / len(errors)
    np.fill_diagonal(found, 1.0)
    return found
