"""Classes of demand: by intermittence and erratic size, by value, by variability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stocklevel.arrays import FloatArray

PATTERNS = ("smooth", "erratic", "intermittent", "lumpy", "no_demand")
ABC, XYZ = ("A", "B", "C"), ("X", "Y", "Z")
Codes = npt.NDArray[np.int8]


def pattern(adi: FloatArray, cv2: FloatArray, adi_cut: float, cv2_cut: float) -> Codes:
    """Codes of PATTERNS; a cut itself is still smooth, a cv2 that is not known too."""
    with np.errstate(invalid="ignore"):
        rare, varied = adi > adi_cut, cv2 > cv2_cut
    return np.where(np.isinf(adi), 4, 2 * rare + varied).astype(np.int8)


def by_share(value: FloatArray, cuts: tuple[float, float]) -> tuple[Codes, FloatArray, FloatArray]:
    """Codes of ABC, share of the total and share of all SKUs of no less value before this one.

    In order of falling value a SKU is A while those before it hold less than the first cut.
    """
    known = np.where(np.isnan(value), 0.0, value)
    order = np.argsort(-known, kind="stable")
    total = known.sum()
    share = known / total if total > 0 else np.zeros_like(known)
    before = np.empty_like(share)
    before[order] = np.cumsum(share[order]) - share[order]
    first, second = (cut * (1 - 1e-12) for cut in cuts)
    codes = np.where(known <= 0, 2, 0 + (before >= first) + (before >= second))
    return codes.astype(np.int8), share, before + share


def by_variation(cv: FloatArray, cuts: tuple[float, float]) -> Codes:
    """Codes of XYZ: X up to the first cv, Y up to the second, Z above and where there is none."""
    with np.errstate(invalid="ignore"):
        return np.where(cv <= cuts[0], 0, np.where(cv <= cuts[1], 1, 2)).astype(np.int8)
