"""What fitting found: distributions, a table of SKUs, seasonal indices and problems."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike
from stocklevel.demand.bootstrap import Asked
from stocklevel.demand.fitting import Fitted
from stocklevel.demand.history import History
from stocklevel.demand.predictive import predictive
from stocklevel.distributions import DemandBatch
from stocklevel.errors import InputError
from stocklevel.frame.interval import read_question, stock_interval
from stocklevel.lead_time import LeadTime

_PLAIN = Asked("auto", "moments")


class FittedDemand:
    """The demand of every SKU as fitted to its history; made by `fit_demand`.

    Attributes
    ----------
    demand : DemandBatch
        Demand per period [units], indexed by SKU; where the seasonal index is 1.  NaN rows without an answer.
    table : pandas.DataFrame
        One row a SKU: mean, std [units per period], n_periods, n_demands (periods with demand), adi, cv2 (of the
        amounts of these), family, method, loglik, aic, status; seasonality where a cycle was asked for.
    seasonal : pandas.DataFrame or None
        Multiplicative indices of average 1: season j holds the periods j, j + season_length, ... counted
        from the frame's first period.
    problems : pandas.DataFrame
        One line per SKU and broken rule: id, column, code, value, message.

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> history = pd.DataFrame([[3, 0, 5, 1, 0, 2], [7, 9, 8, 11, 6, 9]], index=["a", "b"])
    >>> fitted = sl.fit_demand(history, family="matched_integer")
    >>> fitted
    <FittedDemand: 2 SKUs, 1 binomial, 1 negative_binomial>
    >>> sl.OrderUpTo.for_target(fitted.demand, 2, fill_rate=0.95).order_up_to_level.tolist()
    [12.0, 28.0]
    """

    demand: DemandBatch
    table: pd.DataFrame
    seasonal: pd.DataFrame | None
    problems: pd.DataFrame
    _fitted: Fitted
    _history: History
    _asked: Asked

    @classmethod
    def _of(
        cls,
        fitted: Fitted,
        table: pd.DataFrame,
        seasonal: Any,
        problems: pd.DataFrame,
        history: History,
        asked: Asked = _PLAIN,
    ) -> Self:
        new = cls()
        new._asked = asked
        new._fitted, new.table, new.problems, new._history = fitted, table, problems, history
        new.demand = fitted.demand(table.index)
        new.seasonal = None
        if seasonal is not None:
            columns = pd.RangeIndex(seasonal.shape[1], name="season")
            new.seasonal = pd.DataFrame(seasonal, index=table.index, columns=columns)
        return new

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        parts = ", ".join(f"{len(part)} {part.family}" for part in self.demand.parts if len(part))
        return f"<FittedDemand: {len(self)} SKUs, {parts}>"

    def ahead(self, step: int = 1) -> DemandBatch:
        """Demand of the period that lies so many steps after the history, scaled by its season.

        Parameters
        ----------
        step : int, optional
            1 for the next period.

        Returns
        -------
        DemandBatch
            Rows in the order of the SKUs, with their index; ``demand`` where there are no seasons.

        Raises
        ------
        InputError
            A step that is not a whole number >= 1.

        Notes
        -----
        Continuous demand keeps its coefficient of variation, negative binomial demand its size, other
        counts their ratio of variance to mean.

        Examples
        --------
        >>> import pandas as pd, stocklevel as sl
        >>> history = pd.DataFrame([[4.5, 15.2, 5.5, 14.8, 5.1, 15.4]], index=["a"])
        >>> fitted = sl.fit_demand(history, season_length=2, family="gamma")
        >>> fitted.seasonal.round(3).to_numpy().tolist()
        [[0.499, 1.501]]
        >>> fitted.ahead(1).mean.round(2).tolist(), fitted.ahead(2).mean.round(2).tolist()
        ([5.03], [15.13])
        """
        if not isinstance(step, int | np.integer) or step < 1:
            message = f"FittedDemand.ahead: step must be a whole number >= 1, not {step!r}."
            raise InputError(message)
        if self.seasonal is None:
            return self.demand
        season = (self._history.demand.shape[1] - 1 + step) % self.seasonal.shape[1]
        return self._fitted.demand(self.table.index, self.seasonal.to_numpy()[:, season])

    def predictive(self, *, min_demands: int = 5) -> DemandBatch:
        """Demand as far as the history tells: the parameters are uncertain, the same in every period.

        Stock set for the fitted parameters as if they were known falls short of its target on average, the
        further the shorter the history.  Stock set for this demand meets it on average.

        Parameters
        ----------
        min_demands : int, optional
            SKUs with demand in fewer periods stay as fitted: so few say next to nothing of the spread, and stock
            for all that it may be is many times as much.

        Returns
        -------
        DemandBatch
            `Uncertain` rows: negative binomial candidates for whole units, gamma candidates else, 120 a row;
            their mean is that of the sample.  Certain demand and NaN rows stay as fitted.

        Raises
        ------
        InputError
            Demand fitted with seasons or with stock-outs.

        Notes
        -----
        Bayes with weak priors.  Over histories of 12 and 24 periods with five demands or more, of negative binomial
        demand of mean 2, 5, 20 and 100 (cv 1 and 2; 0.5 at 20) and of gamma demand with a cv of 0.5 to 2, a fill
        rate of 0.95 is reached within half a point, whole units aside, on average (base stock and lots of a
        period or three, lead time 2), where fitted moments reach 0.80 to 0.94.  Counts that are nearly Poisson get up
        to 1.6 points more at 12 periods and a mean of 2, for so few do not rule out more spread.  SKUs of
        fewer demands that stay as fitted fall short.  Of `ReorderPoint` ask ``service``
        without the order-cycle measures (``cycle_service=False``): they take long and independent periods.

        Examples
        --------
        >>> import pandas as pd, stocklevel as sl
        >>> fitted = sl.fit_demand(pd.DataFrame([[3, 0, 7, 1, 0, 12, 2, 0, 4, 0, 9, 1]], index=["lamp"]))
        >>> known, learnt = fitted.demand, fitted.predictive()
        >>> known.over(3).std.round(2).tolist(), learnt.over(3).std.round(2).tolist()
        ([6.97], [11.23])
        >>> [float(sl.OrderUpTo.for_target(d, 2, fill_rate=0.95).order_up_to_level["lamp"]) for d in (known, learnt)]
        [25.0, 44.0]
        """
        what = None
        if self.seasonal is not None:
            what = "seasons"
        elif self._history.censored is not None and self._history.censored.any():
            what = "stock-outs"
        if what:
            message = f"FittedDemand.predictive: is not offered for demand fitted with {what}; fit without them."
            raise InputError(message)
        return predictive(self._fitted, self._history, self.table.index, min_demands)

    def stock_interval(
        self,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        policy: str = "(R,s,nQ)",
        review_period: ArrayLike | None = None,
        order_quantity: ArrayLike | None = None,
        gap: ArrayLike | None = None,
        fill_rate: ArrayLike | None = None,
        unmet_fraction: ArrayLike | None = None,
        cycle_service_level: ArrayLike | None = None,
        ready_rate: ArrayLike | None = None,
        period_service_level: ArrayLike | None = None,
        level: float = 0.9,
        resamples: int = 200,
        min_demands: int = 5,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Bounds between which the stock for the true demand lies, by the parametric bootstrap.

        Histories are drawn from the fitted demand, fitted the same way, and the policy is solved again for what
        the true parameters may be.

        Parameters
        ----------
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
        policy : {"(R,s,nQ)", "(s,Q)", "(R,S)", "(R,s,S)", "(s,S)"}, optional
            The policy.
        review_period : float, array or Series, optional
            R [periods]; 1 by default, 0 under "(s,Q)" and "(s,S)".
        order_quantity, gap : float, array or Series, optional
            Q of "(R,s,nQ)" and "(s,Q)", S - s of "(R,s,S)" and "(s,S)" [units].
        fill_rate, unmet_fraction, cycle_service_level, ready_rate, period_service_level : float, array or Series
            Exactly one target, in (0, 1).
        level : float, optional
            Probability of the interval, half of the rest on either side.
        resamples : int, optional
            Histories drawn for every SKU.
        min_demands : int, optional
            SKUs with demand in fewer periods have no interval (NaN): so few say next to nothing of the spread.
        seed : int, optional
            The same seed gives the same numbers for the same SKUs.

        Returns
        -------
        pandas.DataFrame
            One row a SKU: ``safety_stock`` and ``reorder_point`` (or ``order_up_to_level``) [units] for the fitted
            demand, each with ``_lower``, ``_median`` and ``_upper``.

        Raises
        ------
        InputError
            Stock-outs in the history: how they would fall in another one is not known; a policy without its
            quantity; no target or two; a parameter outside its domain.
        IndexMismatchError
            Series whose index is not that of the SKUs.

        Notes
        -----
        The ratio of an estimate to its parameter is taken to vary as it does between the fit and its resamples, for
        the mean and for the coefficient of variation; percentiles of the resampled stock alone would lie too
        low.  The family is taken as known, as are seasonal indices and weights.  Bounds of 0.9 hold the true safety
        stock (negative binomial and gamma demand, cv 0.5 to 2, means 2 and 20, base stock and lots) in
        0.79 to 0.91 of cases after 12 periods, 0.81 to 0.93 after 24, 0.83 to 0.92 after 52, 0.86 to 0.94
        after 100; the least for a cv of 2, of which ``method="mle"`` tells more (0.85 to 0.91 after 24).

        References
        ----------
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993; Davison and Hinkley, Bootstrap Methods
        and their Application, 1997, chapter 5.

        Examples
        --------
        >>> import pandas as pd, stocklevel as sl
        >>> fitted = sl.fit_demand(pd.DataFrame([[3, 0, 7, 1, 0, 12, 2, 0, 4, 0, 9, 1]], index=["lamp"]))
        >>> found = fitted.stock_interval(2, policy="(R,S)", fill_rate=0.95)
        >>> found.filter(like="order_up_to_level").T
                                  lamp
        order_up_to_level         25.0
        order_up_to_level_lower   16.0
        order_up_to_level_median  31.0
        order_up_to_level_upper   60.0
        """
        who = "FittedDemand.stock_interval"
        if self._history.censored is not None and self._history.censored.any():
            message = (
                f"{who}: is not offered for demand fitted with stock-outs; how they would fall in another "
                f"history is not known."
            )
            raise InputError(message)
        if not 0 < level < 1:
            message = f"{who}: level must lie strictly between 0 and 1, not {level!r}."
            raise InputError(message)
        if not isinstance(resamples, int | np.integer) or resamples < 20:
            message = f"{who}: resamples must be a whole number >= 20, not {resamples!r}."
            raise InputError(message)
        if not isinstance(min_demands, int | np.integer) or min_demands < 2:
            message = f"{who}: min_demands must be a whole number >= 2, not {min_demands!r}."
            raise InputError(message)
        fixed = {"review_period": review_period, "order_quantity": order_quantity, "gap": gap}
        targets = {
            "fill_rate": fill_rate,
            "unmet_fraction": unmet_fraction,
            "cycle_service_level": cycle_service_level,
            "ready_rate": ready_rate,
            "period_service_level": period_service_level,
        }
        index = self.table.index
        question = read_question(who, policy, lead_time, fixed, targets, index)
        return stock_interval(
            question,
            self._fitted,
            self._history,
            self._asked,
            index,
            level=level,
            resamples=int(resamples),
            min_demands=min_demands,
            seed=seed,
        )
