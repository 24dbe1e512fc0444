"""How a policy orders, in numbers: what a simulation needs to know of it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Ordering(NamedTuple):
    """The rule by which a policy orders, a number or an array a row.

    At a review the position is looked at; at or below the trigger it is lifted up to the level or, where
    there is a multiple, by the smallest multiple that lifts it above the trigger.

    Attributes
    ----------
    trigger : float or array
        Highest position that leads to an order [units].
    level : float or array
        Position after an order where there is no multiple [units].
    multiple : float or array
        Orders are whole multiples of it [units]; 0 orders up to the level.
    review_period : float or array
        Whole periods between reviews; 0 reviews after every customer.
    review_probability : float or array
        Probability that a review takes place, by chance of its own: reviews at random times are reviews of
        every period that take place with this probability.
    counts_reviews : bool
        Whether a replenishment cycle lasts from review to review rather than from order to order, under
        periodic review.

    Examples
    --------
    >>> import stocklevel as sl
    >>> sl.OrderUpTo(33).ordering(True).trigger, sl.OrderUpTo(33.0).ordering(False).trigger
    (np.float64(32.0), np.float64(33.0))
    """

    trigger: Any
    level: Any
    multiple: Any = 0.0
    review_period: Any = 1.0
    review_probability: Any = 1.0
    counts_reviews: bool = False
