"""Demand of a frame's rows, each of its own family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.families import (
    AUTO,
    BY_MEAN_ALONE,
    CHOICES,
    FEASIBLE,
    INTEGER_BELOW,
    build,
    choose,
)
from stocklevel.distributions import DemandBatch
from stocklevel.errors import InputError
from stocklevel.frame.reading import LARGEST, Rows

_YES, _NO = ("true", "1", "1.0"), ("false", "0", "0.0")


def demand_from_frame(
    frame: pd.DataFrame,
    *,
    family: str = "auto",
    integer_demand: bool | str | None = None,
    columns: Mapping[str, str] | None = None,
    id_col: str | None = None,
) -> DemandBatch:
    """Demand distributions from the columns demand_mean and demand_std, families mixed.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a SKU; demand_mean and demand_std in units per period.
    family : str, optional
        A family for all rows, the name of a column that holds families, or "auto": certain demand where the
        standard deviation is 0, `MatchedInteger` for integer demand, else gamma.
    integer_demand : bool or str, optional
        Whether demand comes in whole units, or the column that says so; by default the column
        integer_demand where there is one, else means below 20.
    columns : mapping, optional
        Our column names to the frame's.
    id_col : str, optional
        Column that names the rows in messages; the index without it.

    Returns
    -------
    DemandBatch
        Rows in the frame's order, with its index.

    Raises
    ------
    InputError
        A missing column, an unknown family, or moments that the family cannot have; with ``.problems``.

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> frame = pd.DataFrame({"demand_mean": [5.0, 200.0], "demand_std": [4.0, 60.0]})
    >>> sl.demand_from_frame(frame).family.tolist()
    ['negative_binomial', 'gamma']
    """
    rows = Rows("demand_from_frame", frame, columns, id_col, "raise")
    demand, _ = read_demand(rows, family, integer_demand)
    rows.settle()
    return demand._of(demand.codes, demand.parts, frame.index)


def read_demand(
    rows: Rows, family: str, integer_demand: bool | str | None
) -> tuple[DemandBatch, npt.NDArray[np.int64]]:
    """Demand of the good rows, and which rows they are; bad rows are flagged."""
    mean = rows.number("demand_mean", "invalid_demand")
    families = _families(rows, family)
    ignores_std = np.array([name in BY_MEAN_ALONE for name in CHOICES])[families]
    if ignores_std.all() and not rows.has("demand_std"):
        std = np.zeros_like(mean)
    else:
        std = rows.number("demand_std", "invalid_demand")
        std = np.where(ignores_std, 0.0, std) if ignores_std.any() else std
    for name, values in (("demand_mean", mean), ("demand_std", std)):
        column = rows.name_of(name)
        for bad, rule in (
            (~np.isfinite(values), "a finite number"),
            (np.abs(values) >= LARGEST, f"below {LARGEST:g}"),
        ):
            rows.flag(rows.good & bad, column, "invalid_demand", rule, values)
        rows.flag(rows.good & (values < 0), column, "invalid_demand", ">= 0", values)
    std_name = rows.name_of("demand_std")
    alone = rows.good & (mean == 0) & (std > 0) & (families != CHOICES.index("normal"))
    rows.flag(alone, std_name, "invalid_demand", "0 where the mean is 0", std)
    mean, std = (np.where(rows.good, values, 1.0) for values in (mean, std))  # bad rows: harmless
    if (families == AUTO).any():
        families = choose(families, mean, std, *_integers(rows, integer_demand, mean))
    for name, (rule, possible) in FEASIBLE.items():
        mine = np.flatnonzero(families == CHOICES.index(name))
        impossible = mine[~possible(mean[mine], std[mine])]
        if impossible.size:
            wrong = np.zeros(mean.size, np.bool_)
            wrong[impossible] = rows.good[impossible]
            rows.flag(wrong, std_name, "invalid_demand", rule, std)
    good = np.flatnonzero(rows.good)
    if good.size == mean.size:  # the common case, without copies
        return build(families, mean, std), good
    return build(families[good], mean[good], std[good]), good


def _families(rows: Rows, family: str) -> npt.NDArray[np.int8]:
    """The family asked for, row by row, as its place in CHOICES."""
    if isinstance(family, str) and family in CHOICES:
        return np.full(len(rows.frame), CHOICES.index(family), np.int8)
    if not isinstance(family, str) or family not in rows.frame.columns:
        message = (
            f"{rows.who}: family must be one of {', '.join(map(repr, CHOICES))} or the name of a column, "
            f"not {family!r}."
        )
        raise InputError(message)
    codes, labels = pd.factorize(rows.frame[family])
    place = {name: code for code, name in enumerate(CHOICES)}
    lookup = np.array([place.get(label, -1) for label in labels] + [-1], np.int8)
    found = lookup[codes]
    rows.flag(
        found < 0, family, "invalid_family", f"one of {', '.join(CHOICES)}", rows.frame[family]
    )
    return np.where(found < 0, np.int8(AUTO), found)


def _integers(rows: Rows, integer_demand: bool | str | None, mean: FloatArray) -> tuple[Mask, Mask]:
    """Rows whose demand comes in whole units, and rows for which that was said."""
    by_default, nothing = mean < INTEGER_BELOW, np.zeros(mean.shape, np.bool_)
    if integer_demand is None and not rows.has("integer_demand"):
        return by_default, nothing
    if isinstance(integer_demand, bool | np.bool_):
        return np.full(mean.shape, bool(integer_demand)), ~nothing
    name = rows.name_of(integer_demand or "integer_demand")
    rows.require(integer_demand or "integer_demand")
    texts = rows.frame[name].astype(object).map(lambda value: str(value).strip().lower())
    yes, no = (texts.isin(words).to_numpy() for words in (_YES, _NO))
    said = rows.frame[name].notna().to_numpy()
    rows.flag(said & ~yes & ~no, name, "invalid_demand", "true or false", rows.frame[name])
    return np.where(said, yes, by_default), said
