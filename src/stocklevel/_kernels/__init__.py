"""Compiled kernels: scalar formulas and row loops.  They trust their input and answer NaN outside the domain.

One source is compiled plainly and, on x86-64, for the levels v3 (AVX2) and v4 (AVX-512) too.  The best
that the processor has is taken at the first use; STOCKLEVEL_KERNELS=plain, v3 or v4 forces one.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

from stocklevel._kernels.processor import level

# The measures of a distribution that the row loops compute; the codes of measures.pxd.
DENSITY, CDF, SF, LOSS, COMPLEMENTARY_LOSS, SECOND_LOSS = range(6)

VARIANTS = ("plain", "v3", "v4")


def supported() -> tuple[str, ...]:
    """The variants that this processor can run, best last."""
    return VARIANTS[: {0: 1, 3: 2, 4: 3}[level()]]


def load(name: str) -> ModuleType:
    """A kernel in the variant that was asked for, else in the best there is."""
    asked = os.environ.get("STOCKLEVEL_KERNELS")
    if asked and asked not in supported():
        message = f"STOCKLEVEL_KERNELS must be one of {', '.join(supported())} here, not {asked!r}."
        raise ImportError(message)
    for variant in (asked,) if asked else reversed(supported()):
        package = "stocklevel._kernels" if variant == "plain" else f"stocklevel._kernels.{variant}"
        try:
            kernel = import_module(f"{package}.{name}")
        except ModuleNotFoundError:
            if asked:
                raise
            continue
        if kernel.variant != variant:
            message = (
                f"{kernel.__file__} was compiled as {kernel.variant}, not {variant}; build anew."
            )
            raise ImportError(message)
        return kernel
    message = f"the compiled kernel {name!r} is missing; build stocklevel anew."
    raise ImportError(message)
