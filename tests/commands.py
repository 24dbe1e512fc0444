"""Commands run as a user runs them, and a file for them."""

from __future__ import annotations

import pandas as pd
from click.testing import CliRunner

from stocklevel.cli.commands import stocklevel

ITEMS = """\
sku,site,demand_mean,demand_std,lead_time,order_quantity,note
00123,01,100,25.0,4,300,1.50
NA,01,5,3.872983346207417,3,15,
1e5,02,40,10,2,80,"a, b"
"""


def run(*arguments, code=0):
    """The outcome of a command that must exit with `code`; without a traceback in any case."""
    outcome = CliRunner().invoke(stocklevel, [str(argument) for argument in arguments])
    assert outcome.exit_code == code, outcome.output
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    return outcome


def text_of(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False)
