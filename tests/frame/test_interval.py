"""Intervals of the stock: known laws of normal demand, coverage of the true stock, what is refused."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import stocklevel as sl


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


LAMP = pd.DataFrame([[3, 0, 7, 1, 0, 12, 2, 0, 4, 0, 9, 1]], index=["lamp"])


def test_normal_stock_lies_between_the_bounds_of_the_noncentral_t():
    """S = 3 mu + z sqrt(3) sigma, of n normal observations: exact bounds 3 m + t s/c, c = sqrt(n)/3."""
    n = 30
    y = rng("normal").normal(100.0, 12.0, (4, n))
    fitted = sl.fit_demand(pd.DataFrame(y), family="normal")
    found = fitted.stock_interval(
        2, policy="(R,S)", cycle_service_level=0.95, level=0.8, resamples=6000
    )
    scale = np.sqrt(n) / 3.0  # of m, in standard deviations of 3 m
    shift = stats.norm.ppf(0.95) * np.sqrt(3.0) * scale
    for end, p in (("lower", 0.1), ("median", 0.5), ("upper", 0.9)):
        t = stats.nct(n - 1, shift).ppf(p)
        exact = 3 * y.mean(axis=1) + t * y.std(axis=1, ddof=1) / scale
        bound = found[f"order_up_to_level_{end}"].to_numpy()
        assert bound == pytest.approx(exact, rel=0.006)
    spread = found["order_up_to_level_upper"] - found["order_up_to_level_lower"]
    assert (spread > 0.1 * y.std(axis=1)).all()


@pytest.mark.parametrize("method", ["moments", "mle"])
@pytest.mark.parametrize(
    ("family", "mean", "cv", "periods"),
    [("gamma", 20.0, 1.0, 24), ("negative_binomial", 20.0, 0.5, 24), ("gamma", 20.0, 2.0, 100)],
)
def test_true_safety_stock_is_covered(family, mean, cv, periods, method):
    """Four standard errors around the 0.84 to 0.94 that larger simulations show."""
    draw, count, std = rng(f"{family} {cv} {periods} {method}"), 300, cv * mean
    if family == "gamma":
        y, truth = draw.gamma(cv**-2, mean * cv**2, (count, periods)), sl.Gamma(mean, std)
    else:
        size = mean**2 / (std**2 - mean)
        y = draw.poisson(draw.gamma(size, mean / size, (count, periods)))
        truth = sl.NegativeBinomial(mean, std)
    fitted = sl.fit_demand(pd.DataFrame(y), family=family, method=method)
    given = {"order_quantity": 60.0, "fill_rate": 0.95}
    found = fitted.stock_interval(2, **given, resamples=100)
    policy = sl.ReorderPoint.for_target(truth, 2, **given)
    true = policy.service(truth, 2).safety_stock
    inside = (found["safety_stock_lower"] <= true) & (true <= found["safety_stock_upper"])
    error = (0.09 / count) ** 0.5
    assert 0.84 - 4 * error < inside.mean() < 0.94 + 4 * error
    above = (found["safety_stock_median"] > true).mean()
    assert 0.36 < above < 0.64
    point = (found["reorder_point_lower"] <= policy.reorder_point) & (
        policy.reorder_point <= found["reorder_point_upper"]
    )
    assert 0.84 - 4 * error < point.mean()


@pytest.mark.parametrize(
    ("policy", "given", "level"),
    [
        ("(R,S)", {}, "order_up_to_level"),
        ("(R,s,nQ)", {"order_quantity": 10}, "reorder_point"),
        ("(s,Q)", {"order_quantity": 10}, "reorder_point"),
        ("(R,s,S)", {"gap": 10}, "order_up_to_level"),
        ("(s,S)", {"gap": 10}, "order_up_to_level"),
    ],
)
def test_every_policy_has_an_interval(policy, given, level):
    fitted = sl.fit_demand(LAMP)
    found = fitted.stock_interval(2, policy=policy, fill_rate=0.95, **given)
    names = [f"{what}{end}" for what in ("safety_stock", level) for end in ENDS]
    assert found.columns.tolist() == names
    assert found.index.equals(LAMP.index)
    row = found.iloc[0]
    assert row[f"{level}_lower"] < row[f"{level}_median"] < row[f"{level}_upper"]
    assert (row[[f"{level}{end}" for end in ENDS]] % 1 == 0).all()
    kind = {"(R,S)": sl.OrderUpTo, "(R,s,nQ)": sl.ReorderPoint, "(s,Q)": sl.ReorderPoint}
    review = 0 if policy in ("(s,Q)", "(s,S)") else 1
    solved = kind.get(policy, sl.MinMax).for_target(
        fitted.demand, 2, fill_rate=0.95, review_period=review, **given
    )
    assert row[level] == getattr(solved, level).iloc[0]
    stock = solved.service(fitted.demand, 2).safety_stock.iloc[0]
    assert row["safety_stock"] == pytest.approx(stock)


ENDS = ("", "_lower", "_median", "_upper")


def test_intervals_narrow_with_history_and_widen_with_the_level():
    y = rng("narrow").gamma(1.0, 20.0, (20, 96))
    short, long = (sl.fit_demand(pd.DataFrame(part), family="gamma") for part in (y[:, :24], y))
    asked = {"policy": "(R,S)", "fill_rate": 0.95}

    def width(fitted, **more):
        found = fitted.stock_interval(2, **asked, **more)
        return (found["safety_stock_upper"] - found["safety_stock_lower"]).mean()

    assert 1.6 < width(short) / width(long) < 3.5  # 2 in the limit
    assert width(long, level=0.5) < 0.6 * width(long, level=0.9)


def test_seed_and_rows_by_themselves():
    wide = pd.DataFrame(rng("seed").poisson(4.0, (6, 12)))
    fitted = sl.fit_demand(wide)
    asked = {"policy": "(R,S)", "fill_rate": 0.95, "resamples": 50}
    first = fitted.stock_interval(2, **asked, seed=4)
    assert first.equals(fitted.stock_interval(2, **asked, seed=4))
    assert not first.equals(fitted.stock_interval(2, **asked, seed=5))
    times = pd.Series([1.0, 1.0, 1.0, 6.0, 6.0, 6.0])
    mixed = fitted.stock_interval(times, **asked)
    law = sl.LeadTime.from_pmf([[1.0, 2.0], [6.0, 7.0]], [0.5, 0.5])[[0, 0, 0, 1, 1, 1]]
    random = fitted.stock_interval(law, **asked)
    for name in ("order_up_to_level", "order_up_to_level_median"):
        assert (mixed[name] <= random[name]).all()
        assert (mixed[name][3:] > mixed[name][:3].max()).all()
        assert (random[name][3:] > random[name][:3].max()).all()


def test_rows_that_tell_too_little_have_no_bounds():
    wide = pd.DataFrame(
        [LAMP.iloc[0].tolist(), [5] * 12, [0] * 12, [0, 1] + [0] * 10, [-1] * 12],
        index=["lamp", "same", "none", "few", "bad"],
    )
    found = sl.fit_demand(wide, errors="flag").stock_interval(2, policy="(R,S)", fill_rate=0.95)
    assert found["order_up_to_level_lower"].notna().tolist() == [True, False, False, False, False]
    assert found["order_up_to_level"].notna().tolist() == [True, True, True, True, False]
    alone = sl.fit_demand(LAMP).stock_interval(2, policy="(R,S)", fill_rate=0.95)
    assert alone.loc["lamp"].equals(found.loc["lamp"])


def test_seasons_weights_and_estimation_error_are_taken_along():
    draw = rng("seasons")
    y = pd.DataFrame(draw.poisson(30 * np.tile([0.2, 1.8], 24), (8, 48)))
    asked = {"policy": "(R,S)", "fill_rate": 0.95}
    plain, seasonal = (sl.fit_demand(y, season_length=length) for length in (None, 2))
    width = []
    for fitted in (plain, seasonal):
        found = fitted.stock_interval(2, **asked)
        width.append((found["safety_stock_upper"] - found["safety_stock_lower"]).mean())
    assert width[1] < 0.4 * width[0]
    recent = sl.fit_demand(y, season_length=2, half_life=6).stock_interval(2, **asked)
    assert (recent["safety_stock_upper"] - recent["safety_stock_lower"]).mean() > 1.2 * width[1]
    carried = sl.fit_demand(y, estimation_error=True).stock_interval(2, **asked)
    assert carried.equals(plain.stock_interval(2, **asked))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "give exactly one target"),
        ({"fill_rate": 0.9, "ready_rate": 0.9}, "give exactly one target"),
        ({"fill_rate": 95.0}, "For 95 % write 0.95"),
        ({"fill_rate": 0.9, "level": 90}, "level must lie strictly between 0 and 1"),
        ({"fill_rate": 0.9, "resamples": 5}, "resamples must be a whole number >= 20"),
        ({"fill_rate": 0.9, "min_demands": 0}, "min_demands must be a whole number >= 2"),
        ({"fill_rate": 0.9, "policy": "(Q,r)"}, "policy must be one of"),
        ({"fill_rate": 0.9, "policy": "(R,s,nQ)"}, r"'\(R,s,nQ\)' needs order_quantity"),
        ({"fill_rate": 0.9, "gap": 5}, r"'\(R,S\)' has no gap"),
        ({"fill_rate": [0.9, 0.9]}, "one number or one for each of 1 SKUs"),
        ({"fill_rate": 0.9, "lead_time": [1, 2]}, "lead_time must be one or one for each"),
        (
            {"fill_rate": 0.9, "policy": "(s,Q)", "order_quantity": 5, "review_period": 1},
            "review_period must be 0",
        ),
    ],
)
def test_what_cannot_be_asked(more, message):
    given = {"lead_time": 2, "policy": "(R,S)"} | more
    with pytest.raises(sl.InputError, match=message):
        sl.fit_demand(LAMP).stock_interval(**given)


def test_stock_outs_and_foreign_series_are_refused():
    fitted = sl.fit_demand(LAMP, censored=LAMP.to_numpy() > 8)
    with pytest.raises(sl.InputError, match="fitted with stock-outs"):
        fitted.stock_interval(2, policy="(R,S)", fill_rate=0.95)
    with pytest.raises(sl.IndexMismatchError):
        sl.fit_demand(LAMP).stock_interval(
            pd.Series([2.0], ["other"]), policy="(R,S)", fill_rate=0.95
        )
