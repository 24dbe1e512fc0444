"""Every compiled variant that this processor runs gives the tabulated numbers, and the same integers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import stocklevel as sl
from stocklevel import _kernels

HERE = Path(__file__).parent


def run(variant, *arguments):
    """A fresh interpreter with one variant forced."""
    environment = {**os.environ, "STOCKLEVEL_KERNELS": variant}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("variant", _kernels.supported())
def test_variant_passes_the_reference_tables(variant):
    outcome = run(variant, "-m", "pytest", "-q", "-x", str(HERE / "test_reference.py"))
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("variant", _kernels.supported())
def test_variant_is_the_one_asked_for_and_answers_as_the_others(variant):
    code = (
        "import numpy as np, stocklevel as sl\n"
        "kernel = sl.Normal.kernel\n"
        "demand = sl.NegativeBinomial(np.linspace(1, 500, 200), np.linspace(2, 200, 200))\n"
        "policy = sl.ReorderPoint.for_target(demand, 3, order_quantity=25, fill_rate=0.97)\n"
        "print(kernel.variant, policy.reorder_point.tolist())"
    )
    plain, own = run("plain", "-c", code), run(variant, "-c", code)
    assert own.returncode == 0, own.stderr
    assert own.stdout.split(" ", 1)[0] == variant
    assert own.stdout.split(" ", 1)[1] == plain.stdout.split(" ", 1)[1]


def test_unknown_variant_is_refused():
    outcome = run("v9", "-c", "import stocklevel")
    assert outcome.returncode != 0
    assert "STOCKLEVEL_KERNELS must be one of plain" in outcome.stderr


@pytest.mark.parametrize("variant", _kernels.supported())
def test_variant_plays_as_the_others_play(variant):
    """A seed gives the same numbers, bit for bit, where the draws and levels do."""
    code = (
        "import numpy as np, stocklevel as sl\n"
        "history = np.random.default_rng(1).gamma(2.0, 5.0, (40, 90))\n"
        "policy = sl.ReorderPoint(np.linspace(5, 60, 40), np.linspace(3, 90, 40))\n"
        "for given in (history, np.floor(history)):\n"
        "    found = sl.simulate(policy, given, np.arange(40) % 4)\n"
        "    print([value.hex() for value in found.to_frame().drop(columns='basis').to_numpy().ravel()])\n"
        "found = sl.simulate(sl.OrderUpTo(np.arange(60, 100)), sl.Poisson(20.0), 3, periods=80, seed=1)\n"
        "print(found.expected_on_hand.tolist())"
    )
    plain, own = run("plain", "-c", code), run(variant, "-c", code)
    assert own.returncode == 0, own.stderr
    assert own.stdout == plain.stdout


@pytest.mark.parametrize("variant", _kernels.supported())
@pytest.mark.parametrize(
    ("kernel", "policy", "lead_time", "rtol"),
    [
        ("lost", (20, 19), 1, 1e-12),
        ("lost_orders", (20, 12), 4, 1e-11),
        ("lost_play", (20, 12), 4.5, 1e-11),
    ],
)
def test_variant_answers_lost_sales_as_the_others(variant, kernel, policy, lead_time, rtol):
    """Sums in another order only: a few roundings apart."""
    code = (
        "import stocklevel as sl\n"
        "from stocklevel import _kernels\n"
        "demand = sl.NegativeBinomial(5, 15**0.5)\n"
        f"service = sl.ReorderPoint(*{policy}).service(demand, {lead_time}, unmet='lost')\n"
        f"print(_kernels.load('{kernel}').variant, repr(float(service.unmet_fraction)))"
    )
    outcome = run(variant, "-c", code)
    assert outcome.returncode == 0, outcome.stderr
    name, answer = outcome.stdout.split()
    demand = sl.NegativeBinomial(5, 15**0.5)
    here = sl.ReorderPoint(*policy).service(demand, lead_time, unmet="lost")
    assert name == variant
    assert float(answer) == pytest.approx(float(here.unmet_fraction), rel=rtol)
