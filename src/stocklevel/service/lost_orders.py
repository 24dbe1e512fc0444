"""Lost sales with several orders on their way: the Markov chain of stock and orders by age at reviews (R >= 1).

Between two reviews the order of m - 1 reviews ago is received, m = ceil(L/R): the state after a review's decision is
what the last m reviews ordered, and the stock on hand.  The inventory position, above s and at most S or s + Q, keeps
the states few.
"""

from __future__ import annotations

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import DENSITY, LOSS, SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray, Mask
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import FIELDS, MOST, Rule

_ORDERS = _kernels.load("lost_orders")
_BLOCK, _SMALLEST = 16, 2  # rows whose tables are held at once; that are worth a thread
STATES = 30_000  # of an exact chain
_NEVER = 1e-16  # probability of demand that is left out, on either side


def several_orders(exposure: Exposure, rule: Rule) -> Mask:
    """Rows of integer demand at whole lead times under periodic review, for which the chain is tried."""
    lead = np.asarray(exposure.lead_time.mean)
    whole = (lead == np.floor(lead)) & (lead > exposure.review_period)
    return whole & (exposure.review_period >= 1) & exposure.is_integer & (rule.top < MOST)


def slots(exposure: Exposure) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Reviews in a lead time, m, and the times before and after the receipt between two reviews."""
    lead, review = np.asarray(exposure.lead_time.mean), exposure.review_period
    reviews = np.ceil(lead / review)
    before = lead - (reviews - 1.0) * review
    return reviews, before, review - before


def exact_orders(exposure: Exposure, rule: Rule) -> FloatArray:
    """The kernel's measures for integer demand, a row of FIELDS each; NaN of more than STATES states."""
    rules = np.stack([rule.trigger, rule.top, rule.multiple, *slots(exposure)], axis=1)
    rules, rate = rules.astype(np.int64), exposure.rate * exposure.review_period
    out = np.empty((len(exposure), FIELDS))

    def work(part: slice) -> None:
        rows, demand = Rows(rules[part, 1] + 1), exposure.demand[part]
        places = rows.places()
        tables = (demand._along(slot, rows, places) for slot in (DENSITY, SF, LOSS))
        given = (rules[part], rate[part], rows.starts, *tables)
        _ORDERS.chains(*given, rule.per_review, STATES, _NEVER, out[part])

    run(work, len(exposure), largest=_BLOCK, smallest=_SMALLEST)
    return out
