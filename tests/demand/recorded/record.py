"""Records what forecasting packages return, for the tests of the readers: needs the packages, the tests do not.

pip install statsforecast statsmodels sktime skforecast darts prophet gluonts autogluon.timeseries packaging
python tests/demand/recorded/record.py           # all, or some: record.py gluonts nixtla
"""

from __future__ import annotations

import importlib.metadata
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent
TIMES = pd.date_range("2024-01-07", periods=60, freq="W")
RNG = np.random.default_rng(20240107)
DEMAND = {
    name: pd.Series(RNG.poisson(100, 60).astype(float), index=TIMES, name="y") for name in "ba"
}
VERSIONS: dict[str, str] = {}


def keep(package: str, name: str, frame: pd.DataFrame) -> None:
    """Write a frame as csv and note the version of the package."""
    frame.round(3).to_csv(FOLDER / f"{name}.csv")
    VERSIONS[name] = f"{package} {importlib.metadata.version(package)}"


def nixtla() -> None:
    """Intervals of two models, one of a level with decimals, and simulations."""
    from statsforecast import StatsForecast
    from statsforecast.models import HistoricAverage, Theta

    long = pd.concat(
        [pd.DataFrame({"unique_id": n, "ds": TIMES, "y": y.to_numpy()}) for n, y in DEMAND.items()]
    )
    forecaster = StatsForecast(models=[HistoricAverage(), Theta(season_length=1)], freq="W")
    keep("statsforecast", "nixtla", forecaster.forecast(df=long, h=3, level=[80, 97.5]))
    keep("statsforecast", "nixtla_simulated", forecaster.simulate(h=3, df=long, n_paths=4))


def statsmodels() -> None:
    """A state-space model, exponential smoothing and its simulations, and a regression."""
    import statsmodels.api as sm
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    y = DEMAND["b"]
    arima = sm.tsa.SARIMAX(y, order=(1, 0, 0), trend="c").fit(disp=0)
    keep("statsmodels", "statsmodels_arima", arima.get_forecast(3).summary_frame(alpha=0.1))
    smoothed = ETSModel(y).fit(disp=0)
    keep(
        "statsmodels",
        "statsmodels_ets",
        smoothed.get_prediction(start=60, end=62).summary_frame(alpha=0.1),
    )
    keep("statsmodels", "statsmodels_simulated", smoothed.simulate(3, repetitions=4, anchor="end"))
    past, coming = sm.add_constant(np.arange(60.0)), sm.add_constant(np.arange(60.0, 63.0))
    keep(
        "statsmodels",
        "statsmodels_ols",
        sm.OLS(y.to_numpy(), past).fit().get_prediction(coming).summary_frame(alpha=0.1),
    )


def sktime() -> None:
    """Intervals of one series and quantiles of several."""
    from sktime.forecasting.naive import NaiveForecaster

    series = {name: y.set_axis(y.index.to_period()) for name, y in DEMAND.items()}
    one = NaiveForecaster(strategy="mean").fit(series["b"])
    keep("sktime", "sktime_interval", one.predict_interval(fh=[1, 2, 3], coverage=0.9))
    panel = pd.concat(series, names=["sku", "time"]).to_frame("y")
    every = NaiveForecaster(strategy="mean").fit(panel)
    keep("sktime", "sktime_quantiles", every.predict_quantiles(fh=[1, 2, 3], alpha=[0.1, 0.5, 0.9]))


def skforecast() -> None:
    """Bootstraps and an interval of one series, quantiles of several."""
    from skforecast.recursive import ForecasterRecursive, ForecasterRecursiveMultiSeries
    from sklearn.linear_model import Ridge

    one = ForecasterRecursive(estimator=Ridge(), lags=4)
    one.fit(DEMAND["b"], store_in_sample_residuals=True)
    keep("skforecast", "skforecast_boot", one.predict_bootstrapping(3, n_boot=4))
    keep(
        "skforecast",
        "skforecast_interval",
        one.predict_interval(3, interval=[0.05, 0.95], n_boot=50),
    )
    every = ForecasterRecursiveMultiSeries(estimator=Ridge(), lags=4)
    every.fit(pd.DataFrame(DEMAND), store_in_sample_residuals=True)
    found = every.predict_quantiles(steps=3, quantiles=[0.1, 0.5, 0.9], n_boot=50)
    keep("skforecast", "skforecast_quantiles", found)


def darts() -> None:
    """Sample paths, and quantiles as components."""
    from darts import TimeSeries
    from darts.models import ExponentialSmoothing, LinearRegressionModel

    series = TimeSeries.from_times_and_values(TIMES, DEMAND["b"].to_numpy(), columns=["sales"])
    drawn = (
        ExponentialSmoothing(seasonal=None).fit(series).predict(3, num_samples=4, random_state=1)
    )
    keep("darts", "darts_samples", drawn.to_dataframe())
    model = LinearRegressionModel(
        lags=4, output_chunk_length=3, likelihood="quantile", quantiles=[0.1, 0.5, 0.9]
    )
    found = model.fit(series).predict(3, predict_likelihood_parameters=True)
    keep("darts", "darts_quantiles", found.to_dataframe())


def prophet() -> None:
    """The history and three steps."""
    from prophet import Prophet

    frame = DEMAND["b"].rename_axis("ds").reset_index()
    model = Prophet(interval_width=0.8, weekly_seasonality=False, yearly_seasonality=False).fit(
        frame
    )
    keep("prophet", "prophet", model.predict(model.make_future_dataframe(3, freq="W")).tail(6))


def gluonts() -> None:
    """What the forecast objects hold: samples of two items, a row a path, and quantiles, a row a step."""
    from gluonts.dataset.common import ListDataset
    from gluonts.model.npts import NPTSPredictor

    data = ListDataset(
        [
            {"item_id": name, "start": TIMES[0].to_period("W"), "target": y.to_numpy()}
            for name, y in DEMAND.items()
        ],
        freq="W",
    )
    predictor = NPTSPredictor(prediction_length=3, context_length=40)
    drawn = list(predictor.predict(data, num_samples=6))
    samples = {one.item_id: pd.DataFrame(one.samples) for one in drawn}
    keep("gluonts", "gluonts_samples", pd.concat(samples, names=["item_id", "path"]))
    held = [one.to_quantile_forecast(["0.1", "0.5", "0.9"]) for one in drawn]
    quantiles = {
        one.item_id: pd.DataFrame(one.forecast_array.T, columns=one.forecast_keys) for one in held
    }
    keep("gluonts", "gluonts_quantiles", pd.concat(quantiles, names=["item_id", "step"]))


def autogluon() -> None:
    """Quantiles of two items, beside their mean."""
    from autogluon.timeseries import TimeSeriesDataFrame, TimeSeriesPredictor

    long = pd.concat(
        [
            pd.DataFrame({"item_id": n, "timestamp": TIMES, "target": y.to_numpy()})
            for n, y in DEMAND.items()
        ]
    )
    data = TimeSeriesDataFrame.from_data_frame(long)
    with tempfile.TemporaryDirectory() as folder:
        predictor = TimeSeriesPredictor(
            prediction_length=3, freq="W", quantile_levels=[0.1, 0.5, 0.9], path=folder
        ).fit(data, hyperparameters={"ETS": {}}, enable_ensemble=False)
        keep("autogluon.timeseries", "autogluon", predictor.predict(data))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    known = (nixtla, statsmodels, sktime, skforecast, darts, prophet, gluonts, autogluon)
    for record in known:
        if len(sys.argv) == 1 or record.__name__ in sys.argv[1:]:
            record()
    noted = FOLDER / "versions.txt"
    before = (line.split(",") for line in noted.read_text(encoding="utf-8").splitlines())
    every = {**dict(before), **VERSIONS}
    lines = "".join(f"{name},{version}\n" for name, version in sorted(every.items()))
    noted.write_text(lines, encoding="utf-8")
