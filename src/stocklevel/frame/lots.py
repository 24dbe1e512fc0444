"""What "(R,S)" becomes where orders have a least quantity or come in multiples: what its planner can do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stocklevel.arrays import FloatArray, Mask
from stocklevel.frame.plan import Problem, code_of, in_frame
from stocklevel.frame.reading import LARGEST, Rows
from stocklevel.policies import MinMax, OrderUpTo, ReorderPoint


class Lots(NamedTuple):
    """The kind of policy that each row follows in fact, and the lot of those that base stock has become."""

    codes: npt.NDArray[np.int8]
    quantity: FloatArray

    def select(self, mine: Mask) -> Lots:
        """The rows of a mask."""
        return Lots(self.codes[mine], self.quantity[mine])

    def quantities(self, given: FloatArray) -> FloatArray:
        """Lots of base stock, and the quantities given to the other rows."""
        return np.where(np.isnan(self.quantity), given, self.quantity)


def read_lots(rows: Rows, problem: Problem) -> Lots:
    """Base stock that must order so much at least orders once the position is as far below S: min/max.

    Where it orders in multiples, the position stays within a multiple below S: (R,s,nQ), where a least quantity is
    part of the multiple.
    """
    base, place = problem.codes == code_of(OrderUpTo), problem.place
    codes, quantity = problem.codes.copy(), np.full(place.size, np.nan)
    if not base.any():
        return Lots(codes, quantity)
    least, multiple = (
        rows.optional(name, "invalid_quantity", 0.0)
        for name in ("min_order_quantity", "order_multiple")
    )
    whole = in_frame(rows, place, np.asarray(problem.demand.is_integer))
    mine = in_frame(rows, place, base)
    for name, values in (("min_order_quantity", least), ("order_multiple", multiple)):
        bad = rows.good & mine & ~((values >= 0) & (values < LARGEST))
        rows.flag(bad, rows.name_of(name), "invalid_quantity", "finite and >= 0", values)
    unit = np.where(whole, 1.0, 0.0)  # what every order of whole demand is a multiple of
    least, multiple = (np.where(whole, np.ceil(v), v) for v in (least, multiple))
    in_multiples, at_least = ((mine & (v > unit))[place] for v in (multiple, least))
    at_least &= ~in_multiples
    codes[in_multiples], codes[at_least] = code_of(ReorderPoint), code_of(MinMax)
    with np.errstate(divide="ignore", invalid="ignore"):
        lot = np.maximum(np.ceil(np.round(least / multiple, 9)), 1.0) * multiple
    quantity[in_multiples] = lot[place][in_multiples]
    quantity[at_least] = least[place][at_least]
    return Lots(codes, quantity)
