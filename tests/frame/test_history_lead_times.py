"""Real histories with real lead times: fitted, classified, stocked, and played on the periods held out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import stocklevel as sl

FOLDER = Path(__file__).parents[2].parent / "shared" / "data"
FILL_RATE = 0.95


class Portfolio(NamedTuple):
    """Where a portfolio is, and how it is bought."""

    file: str
    sku: str
    first: str  # column of the first period
    known: int  # periods that the buyer has seen
    ordered_at_once: int  # periods of demand
    lead_time: (
        str | float
    )  # a column, or what the seller of the articles would have waited [periods]


PORTFOLIOS = {
    "air force": Portfolio("raf_monthly.csv.gz", "sku", "1996-01", 60, 3, "lead_time_months"),
    "maker": Portfolio("man_weekly.csv.gz", "sku", "w001", 100, 4, "lead_time_weeks"),
    "car parts": Portfolio("carparts_monthly.csv.gz", "sku", "1998-01", 36, 3, 2.0),
    "web shop": Portfolio("online_retail_weekly.csv.gz", "StockCode", "2010-11-29", 36, 4, 3.0),
}


def read(portfolio: Portfolio) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Histories, lead times [periods] and the whole frame, by SKU."""
    path = FOLDER / portfolio.file
    if not path.exists():
        pytest.skip(f"{path.name} is not distributed with the project; looked in ../shared/data")
    frame = pd.read_csv(path, dtype={portfolio.sku: str}).set_index(portfolio.sku)
    lead_time = portfolio.lead_time
    if isinstance(lead_time, str):
        periods = frame[lead_time].astype(float)
    else:
        periods = pd.Series(lead_time, frame.index)
    return frame.loc[:, portfolio.first :], periods, frame


@pytest.fixture(scope="module", params=PORTFOLIOS)
def real(request):
    portfolio = PORTFOLIOS[request.param]
    history, lead_time, _ = read(portfolio)
    return portfolio, history, lead_time


def quantities(mean: pd.Series, periods: int) -> pd.Series:
    return np.maximum(np.ceil(periods * mean), 1.0)


def test_whole_portfolios_are_fitted_classified_and_stocked(real):
    portfolio, history, periods = real
    fitted, classes = sl.fit_demand(history), sl.classify(history)
    assert set(fitted.table["status"]) <= {"ok", "no_demand"}
    for name in ("n_periods", "n_demands", "status"):
        assert fitted.table[name].equals(classes[name])
    assert fitted.table["adi"].to_numpy() == pytest.approx(classes["adi"].to_numpy())
    silent = fitted.table["status"] == "no_demand"
    assert ((classes["demand_class"] == "no_demand") == silent).all()
    quantity = quantities(fitted.table["mean"], portfolio.ordered_at_once)
    given = {"lead_time": sl.LeadTime(periods)}
    policy = sl.ReorderPoint.for_target(
        fitted.demand, **given, order_quantity=quantity, fill_rate=FILL_RATE
    )
    assert policy.reorder_point.index.equals(history.index)
    assert (policy.reorder_point[silent] == 0).all()
    reached = policy.service(fitted.demand, **given, cycle_service=False)
    less = policy.replace(reorder_point=policy.reorder_point - 1)
    missed = less.service(fitted.demand, **given, cycle_service=False)
    assert (reached.fill_rate >= FILL_RATE - 1e-12).all()
    assert (missed.fill_rate[~silent] < FILL_RATE).all()
    whole = fitted.demand.is_integer
    assert (policy.reorder_point[whole] % 1 == 0).all()
    longer = sl.ReorderPoint.for_target(
        fitted.demand, periods + 1, order_quantity=quantity, fill_rate=FILL_RATE
    )
    assert (longer.reorder_point >= policy.reorder_point)[~silent].all()


@pytest.mark.parametrize(("name", "days"), [("maker", 7.0), ("air force", 30.4375)])
def test_lead_times_in_days_are_those_in_periods(name, days):
    history, periods, _ = read(PORTFOLIOS[name])
    fitted = sl.fit_demand(history.iloc[::5])
    quantity = quantities(fitted.table["mean"], 4)
    points = [
        sl.ReorderPoint.for_target(
            fitted.demand, time, order_quantity=quantity, fill_rate=FILL_RATE
        ).reorder_point
        for time in (
            periods.iloc[::5],
            sl.LeadTime.from_days(days * periods.iloc[::5], period_days=days),
        )
    ]
    assert points[0].equals(points[1])


def test_lead_times_of_parts_of_one_name_are_a_history():
    """A part is bought like those of its name: each of their lead times is as likely as any other."""
    history, periods, frame = read(PORTFOLIOS["air force"])
    names = frame["description"]
    several = periods.groupby(names).nunique()
    chosen = names[names.isin(several.index[several.between(2, 6)])].index[::9]
    assert len(chosen) > 100
    seen = {name: times.to_numpy() for name, times in periods.groupby(names)}
    rows = [seen[name] for name in names[chosen]]
    observed = np.full((len(rows), max(map(len, rows))), np.nan)
    for row, values in zip(observed, rows, strict=True):
        row[: len(values)] = values
    time = sl.LeadTime.from_history(observed, index=chosen)
    assert np.asarray(time.mean) == pytest.approx([values.mean() for values in rows])
    demand = sl.fit_demand(history.loc[chosen]).demand
    quantity = quantities(demand.mean, 3)
    with pytest.warns(sl.ApproximationWarning, match="orders can cross"):
        policy = sl.ReorderPoint.for_target(
            demand, time, order_quantity=quantity, fill_rate=FILL_RATE
        )
    with pytest.warns(sl.ApproximationWarning, match="orders can cross"):
        reached = policy.service(demand, time, cycle_service=False).fill_rate
    assert (reached >= FILL_RATE - 1e-12).all()
    short, long = (
        sl.ReorderPoint.for_target(demand, one, order_quantity=quantity, fill_rate=FILL_RATE)
        for one in (np.nanmin(observed, axis=1), np.nanmax(observed, axis=1))
    )
    assert (policy.reorder_point >= short.reorder_point).all()
    assert (policy.reorder_point <= long.reorder_point).all()
    for at in range(0, len(rows), 7):  # the fill rate is the average over the lead times
        own = sl.ReorderPoint(policy.reorder_point.iloc[at], quantity.iloc[at])
        each = own.service(demand[at], rows[at].astype(float), cycle_service=False).fill_rate
        assert reached.iloc[at] == pytest.approx(np.mean(each), abs=1e-11)


def test_fill_rates_of_the_periods_held_out(real):
    """Fill rates that were reached after the last period that the buyer had seen, beside the usual rule.

    The usual rule is s = mean L + z std sqrt(L).  The policies are played through the whole history and
    measured over the end of it.
    """
    portfolio, history, periods = real
    history = history[history.notna().all(axis=1)]
    fitted = sl.fit_demand(history.iloc[:, : portfolio.known])
    ok = (fitted.table["status"] == "ok").to_numpy()
    table, played = fitted.table[ok], history[ok].to_numpy(float)
    time = sl.LeadTime(periods[history.index][ok])
    quantity = quantities(table["mean"], portfolio.ordered_at_once)
    held = played.shape[1] - portfolio.known
    sold = played[:, portfolio.known :].sum(axis=1)
    points = {
        name: sl.ReorderPoint.for_target(
            demand[ok], time, order_quantity=quantity, fill_rate=FILL_RATE
        ).reorder_point
        for name, demand in (
            ("fitted", fitted.demand),
            ("predictive", fitted.predictive()),
            ("of five demands or more", fitted.predictive(min_demands=5)),
        )
    }
    z = stats.norm.ppf(FILL_RATE)
    points["usual rule"] = np.ceil(table["mean"] * time.mean + z * table["std"] * time.mean**0.5)
    fill, stock, share = {}, {}, {}
    for name, point in points.items():
        policy = sl.ReorderPoint(point, quantity)
        run = sl.simulate(policy, played, time, warmup=portfolio.known)
        reached = np.asarray(run.fill_rate)
        fill[name] = reached[sold > 0].mean()
        share[name] = (reached * sold)[sold > 0].sum() / sold.sum()
        stock[name] = np.asarray(run.expected_on_hand).sum() * held / sold.sum()
        line = f"{portfolio.file}: {name:>10} reached {fill[name]:.3f} of {FILL_RATE}"
        print(f"{line} with stock for {stock[name]:.1f} periods")
    assert fill["usual rule"] + 0.015 < fill["fitted"] < fill["predictive"]
    assert stock["usual rule"] < stock["fitted"] < stock["predictive"]
    if portfolio.file == "online_retail_weekly.csv.gz":  # sales rose by half into December
        assert sold.sum() > 1.4 * held * table["mean"].sum()
        assert fill["predictive"] < FILL_RATE - 0.05
    else:
        assert abs(fill["of five demands or more"] - FILL_RATE) < 0.03
        assert abs(share["predictive"] - FILL_RATE) < 0.03
        assert abs(fill["fitted"] - FILL_RATE) < 0.06
