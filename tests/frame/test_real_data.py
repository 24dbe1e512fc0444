"""Real spare parts and gift articles: each row that is answered meets its target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.service.result import MEASURES

FOLDER = Path(__file__).parents[2].parent / "shared" / "data"
FILL_RATE = 0.95


def read(name, **options):
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not distributed with the project; looked in ../shared/data")
    return pd.read_csv(path, **options)


def with_demand(frame, first):
    """The frame with the moments of the columns from `first` on instead of these columns."""
    at = frame.columns.get_loc(first)
    history = frame.iloc[:, at:]
    moments = {"demand_mean": history.mean(axis=1), "demand_std": history.std(axis=1)}
    return frame.iloc[:, :at].assign(**moments)


@pytest.fixture(scope="module")
def man():
    """Spare parts of a maker, weekly."""
    frame = with_demand(read("man_weekly.csv.gz"), "w001")
    names = {
        "pack_size": "order_multiple",
        "min_order_qty": "min_order_quantity",
        "lead_time_weeks": "lead_time",
        "fixed_order_cost_eur": "fixed_order_cost",
        "unit_cost_eur": "unit_cost",
    }
    yearly = frame["holding_cost_eur_per_unit_year"] / frame["unit_cost_eur"]
    return frame.rename(columns=names).assign(holding_rate=yearly / 52)


@pytest.fixture(scope="module")
def raf():
    """Spare parts of an air force, monthly; a quarter's demand is ordered at once."""
    frame = with_demand(read("raf_monthly.csv.gz"), "1996-01")
    frame["order_quantity"] = np.ceil(3 * frame["demand_mean"])
    return frame.rename(columns={"lead_time_months": "lead_time"})


@pytest.fixture(scope="module")
def retail():
    """Gift articles of a web shop, weekly; replenished from three weeks away."""
    frame = with_demand(read("online_retail_weekly.csv.gz", dtype={"StockCode": str}), "2010-11-29")
    return frame.assign(lead_time=3, order_quantity=np.ceil(4 * frame["demand_mean"]))


PORTFOLIOS = {"man": "sku", "raf": "sku", "retail": "StockCode"}


@pytest.fixture(params=PORTFOLIOS)
def portfolio(request):
    return request.getfixturevalue(request.param), PORTFOLIOS[request.param]


# --- the data are as described -----------------------------------------------------------------------


def test_man_is_as_described(man):
    assert len(man) == 3451
    assert set(man["lead_time"]) == {7, 16}
    assert (man["demand_mean"] == 0).sum() == 1510
    assert (man["min_order_quantity"] == 0).sum() == 38


def test_raf_is_as_described(raf):
    assert len(raf) == 5000
    assert (raf["lead_time"].min(), raf["lead_time"].max()) == (0, 33)
    assert (raf["lead_time"] == 0).sum() == 627
    assert raf["lead_time"].mean() == pytest.approx(8.7, abs=0.05)
    history = read("raf_monthly.csv.gz").loc[:, "1996-01":]
    assert history.shape[1] == 84
    assert (history == 0).to_numpy().mean() == pytest.approx(0.9, abs=0.05)


def test_retail_is_as_described(retail):
    assert len(retail) == 3791
    assert retail["StockCode"].is_unique


# --- plans -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(R,S)", "(s,Q)"])
@pytest.mark.parametrize("target", ["fill_rate", "ready_rate", "period_service_level"])
def test_every_answered_row_meets_its_target(portfolio, policy, target):
    frame, name = portfolio
    result = sl.tune(frame, policy=policy, **{target: FILL_RATE}, errors="flag", id_col=name)
    assert set(result["status"]) <= {"ok", "no_demand", "clamped"}
    assert (result[target] >= FILL_RATE - 1e-12).all()
    level = "order_up_to_level" if policy == "(R,S)" else "reorder_point"
    assert (result[level] >= 0).all()
    numbers = result[[level, *MEASURES]]
    unlimited = ["orders_per_period", "expected_shortage_per_cycle"]
    finite = numbers.drop(columns=unlimited)
    assert np.isfinite(finite).all(axis=None)
    assert numbers.notna().all(axis=None)


def test_cycle_service_is_met(portfolio):
    frame, name = portfolio
    some = frame.iloc[::40]  # tables for every row take their time
    result = sl.tune(some, cycle_service_level=FILL_RATE, errors="flag", id_col=name)
    assert result[list(MEASURES)].notna().all(axis=None)
    assert (result["cycle_service_level"] >= FILL_RATE - 1e-12).all()


def test_one_unit_less_misses_the_target(portfolio):
    frame, name = portfolio
    result = sl.tune(frame, fill_rate=FILL_RATE, errors="flag", id_col=name)
    ok = result[result["status"] == "ok"]
    assert len(ok) > 1000
    less = ok.assign(reorder_point=ok["reorder_point"] - 1)
    missed = sl.evaluate(less, id_col=name, overwrite=True)
    assert (missed["fill_rate"] < FILL_RATE + 1e-12).all()


def test_parts_never_demanded_need_no_stock(man):
    result = sl.tune(man, fill_rate=FILL_RATE, errors="flag", id_col="sku")
    never = result["status"] == "no_demand"
    assert never.sum() == 1510
    assert (never == (man["demand_mean"] == 0)).all()
    assert (result.loc[never, "reorder_point"] == 0).all()


def test_orders_come_in_packs_and_not_below_the_minimum(man):
    result = sl.tune(man, fill_rate=FILL_RATE, errors="flag", id_col="sku")
    used = result.loc[result["status"] != "no_demand", "order_quantity_used"]
    rows = man.loc[used.index]
    assert (used % rows["order_multiple"] == 0).all()
    assert (used >= rows["min_order_quantity"]).all()
    per_unit = rows["holding_cost_eur_per_unit_year"] / 52
    economic = np.sqrt(2 * rows["fixed_order_cost"] * rows["demand_mean"] / per_unit)
    assert (used >= economic * (1 - 1e-12)).all()
    least = np.maximum(np.ceil(economic), rows["min_order_quantity"])
    assert (used < least + rows["order_multiple"] + 1e-6).all()


def test_lead_time_of_zero_needs_no_more_stock_than_a_longer_one(raf):
    result = sl.tune(raf, fill_rate=FILL_RATE, errors="flag", id_col="sku")
    later = sl.tune(raf.assign(lead_time=raf["lead_time"] + 1), fill_rate=FILL_RATE, id_col="sku")
    assert (result["reorder_point"] <= later["reorder_point"]).all()


def test_article_numbers_stay_text(retail):
    result = sl.tune(retail, fill_rate=FILL_RATE, errors="flag", id_col="StockCode")
    assert result["StockCode"].tolist() == retail["StockCode"].tolist()
    assert result["StockCode"].iloc[0] == "10002"


def test_nothing_is_flagged_in_good_data(portfolio):
    frame, name = portfolio
    assert len(sl.tune(frame, fill_rate=FILL_RATE, id_col=name).attrs["problems"]) == 0


# --- a ready-made forecast ---------------------------------------------------------------------------


def test_sales_stay_within_the_quantiles_of_their_forecast():
    """The coverage printed in docs/forecasts.rst."""
    frame = read("m5_ca1_pmf.csv.gz")
    lists = [np.array(cell.split(";"), float) for cell in frame["pmf"]]
    pmf = np.zeros((len(lists), max(map(len, lists))))
    for row, values in zip(pmf, lists, strict=True):
        row[: values.size] = values
    demand = sl.Pmf(pmf)
    seen = {}
    for level in (0.5, 0.9, 0.95, 0.99):
        quantile = demand.ppf(level)
        promised, covered = demand.cdf(quantile).mean(), (frame["actual"] <= quantile).mean()
        seen[level] = (round(promised, 3), round(covered, 3))
        assert promised >= level
    assert seen == {
        0.5: (0.701, 0.673),
        0.9: (0.934, 0.945),
        0.95: (0.967, 0.977),
        0.99: (0.993, 0.997),
    }
