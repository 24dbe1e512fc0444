"""The command line: files in, files out, and its manners."""

from __future__ import annotations

import gzip
import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from commands import ITEMS, run, text_of

import stocklevel as sl
from stocklevel import cli
from stocklevel.cli.commands import stocklevel
from stocklevel.distributions import FAMILIES

# --- tune and evaluate ------------------------------------------------------------------------


def test_tune_answers_like_python(items, tmp_path):
    out = tmp_path / "plan.csv"
    outcome = run("tune", items, out, "--fill-rate", "0.98")
    assert outcome.stdout == ""
    assert "3 rows" in outcome.stderr
    assert str(out) in outcome.stderr

    frame = pd.read_csv(items, dtype={"sku": str, "site": str, "note": str}, keep_default_na=False)
    expected = sl.tune(frame, fill_rate=0.98, id_col="sku")
    found = text_of(out)
    assert found.columns.tolist() == expected.columns.tolist()
    for name in ("reorder_point", "safety_stock", "fill_rate", "expected_on_hand"):
        np.testing.assert_array_equal(found[name].astype(float), expected[name])
    assert {path.name for path in tmp_path.iterdir()} == {"items.csv", "plan.csv"}


def test_cells_that_were_read_leave_as_they_came(items, tmp_path):
    out = tmp_path / "plan.csv"
    run("tune", items, out, "--fill-rate", "0.98")
    given = text_of(items)
    pd.testing.assert_frame_equal(text_of(out)[given.columns], given)
    assert text_of(out)["sku"].tolist() == ["00123", "NA", "1e5"]


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet"])
def test_chunks_change_nothing(tmp_path, suffix, rows):
    frame = pd.DataFrame(
        {
            "sku": [f"{i:05d}" for i in range(7)],
            "demand_mean": [10.0, 30.0, 50.0, 4.0, 100.0, 0.0, 30.0],
            "demand_std": [5.0, 10.0, 12.0, 3.0, 20.0, 0.0, 0.0],
            "lead_time": 2.0,
            "order_quantity": 40.0,
            "target": [0.9, 0.95, 0.99, 0.9, 0.98, 0.95, 0.95],
            "comment": [None, None, None, "late", None, None, None],
        }
    )
    source, whole, parts = (tmp_path / f"{name}.{suffix}" for name in ("in", "whole", "parts"))
    if suffix == "parquet":
        frame.to_parquet(source)
    else:
        frame.to_csv(source, index=False)
    run("tune", source, whole, "--fill-rate", "target")
    run("tune", source, parts, "--fill-rate", "target", "--chunk-rows", rows)
    if suffix == "parquet":
        pd.testing.assert_frame_equal(
            pd.read_parquet(parts).astype({"status": str, "family_used": str, "basis": str}),
            pd.read_parquet(whole).astype({"status": str, "family_used": str, "basis": str}),
        )
    else:
        assert text_of(parts).equals(text_of(whole))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_chunks_of_one_policy_or_without_answers_have_all_columns(tmp_path, suffix):
    source = tmp_path / "in.csv"
    source.write_text(
        "sku,policy,demand_mean,demand_std,lead_time,order_quantity\n"
        'a,,10,5,2,40\nb,"(R,S)",10,5,2,\nc,"(s,Q)",10,5,2,40\nd,"(R,s,nQ)",-1,5,2,40\n'
    )
    for policy in ("policy", "(R,S)", "(R,s,nQ)"):
        whole, parts = (tmp_path / f"{name}{policy}.{suffix}" for name in ("whole", "parts"))
        arguments = ["--policy", policy, "--fill-rate", "0.9", "--errors", "flag"]
        run("tune", source, whole, *arguments)
        run("tune", source, parts, *arguments, "--chunk-rows", 1)
        read = text_of if suffix == "csv" else lambda file: pd.read_parquet(file).astype(object)
        pd.testing.assert_frame_equal(read(parts), read(whole))


def test_parquet_round_trip_keeps_types(tmp_path):
    frame = pd.DataFrame(
        {
            "sku": ["007", "008"],
            "day": pd.to_datetime(["2026-01-05", "2026-01-06"]),
            "shelf": np.array([3, 4], dtype=np.int16),
            "demand_mean": [50.0, 60.0],
            "demand_std": [10.0, 20.0],
            "lead_time": [2, 3],
            "order_quantity": [100, 100],
        }
    )
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame.to_parquet(source)
    run("tune", source, out, "--cycle-service-level", "0.95")
    pd.testing.assert_frame_equal(pd.read_parquet(out)[frame.columns], frame)

    as_text = tmp_path / "out.csv.gz"
    run("tune", source, as_text, "--cycle-service-level", "0.95")
    with gzip.open(as_text, "rt") as stream:
        assert stream.readlines()[1].startswith("007,2026-01-05")


def test_numbers_from_csv_are_numbers_in_parquet(items, tmp_path):
    plan, service = tmp_path / "plan.parquet", tmp_path / "service.csv"
    items.write_text(ITEMS.replace("40,10,2,80", "oops,10,2,80"))
    run("tune", items, plan, "--fill-rate", "0.98", "--errors", "flag")
    frame = pd.read_parquet(plan)
    assert frame["sku"].tolist() == ["00123", "NA", "1e5"]
    assert frame["demand_mean"].tolist()[:2] == [100.0, 5.0]
    assert np.isnan(frame["demand_mean"].iloc[2])
    run("evaluate", plan, service, "--overwrite", "--errors", "flag")
    achieved = text_of(service)["fill_rate"].replace("", "nan").astype(float)
    np.testing.assert_array_equal(achieved, frame["fill_rate"])


def test_parquet_written_with_an_index_keeps_it_as_a_column(tmp_path):
    frame = pd.read_csv(pd.io.common.StringIO(ITEMS), dtype={"sku": str}).set_index("sku")
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame.to_parquet(source)
    run("tune", source, out, "--fill-rate", "0.95", "--id-col", "sku")
    assert pd.read_parquet(out)["sku"].iloc[0] == "00123"


def test_evaluate_what_was_tuned(items, tmp_path):
    plan, kept, service = (tmp_path / name for name in ("plan.csv", "kept.csv", "service.csv"))
    run("tune", items, plan, "--fill-rate", "0.98")
    tuned = text_of(plan)
    tuned[[*text_of(items).columns, "reorder_point"]].to_csv(kept, index=False)
    run("evaluate", kept, service)
    for name in ("fill_rate", "expected_on_hand", "cycle_service_level"):
        assert text_of(service)[name].tolist() == tuned[name].tolist()
    again = tmp_path / "again.csv"
    assert "pass --overwrite" in run("evaluate", plan, again, code=2).stderr
    run("evaluate", plan, again, "--overwrite")
    assert text_of(again)["fill_rate"].tolist() == tuned["fill_rate"].tolist()


def test_columns_policy_and_target_by_name(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id;avg;sd;weeks;goal\n01;100;25;4;0.98\n02;50;10;2;0.9\n")
    arguments = ["--policy", "(R,S)", "--fill-rate", "goal", "--separator", ";"]
    for pair in ("demand_mean=avg", "demand_std=sd", "lead_time=weeks"):
        arguments += ["--columns", pair]
    run("tune", source, out, *arguments, "--family", "normal", "--decimals", "9")
    found = pd.read_csv(out, sep=";", dtype={"id": str})
    assert found["id"].tolist() == ["01", "02"]
    assert found["order_up_to_level"].iloc[0] == pytest.approx(578.8584865318297, abs=2e-9)


@pytest.mark.filterwarnings("always::stocklevel.ApproximationWarning")  # which stderr then shows
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_observed_lead_times_from_a_file(items, tmp_path, suffix):
    received, out = tmp_path / f"received.{suffix}", tmp_path / "plan.csv"
    ids = ["00123", "NA", "NA", "1e5", "00123", "00123"]
    seen = pd.DataFrame({"sku": ids, "lead_time": [4.0, 3, 3, 2, 9, 5]})
    seen.to_csv(received, index=False) if suffix == "csv" else seen.to_parquet(received)
    outcome = run("tune", items, out, "--fill-rate", "0.98", "--lead-times", received, "--strict")
    assert "Warning: tune: in 1 of 3 rows orders can cross" in outcome.stderr
    frame = pd.read_csv(items, dtype={"sku": str}, keep_default_na=False)
    with pytest.warns(sl.ApproximationWarning, match="orders can cross"):
        expected = sl.tune(frame, fill_rate=0.98, id_col="sku", lead_times=seen)
    found = text_of(out)
    assert found["status"].tolist() == ["orders_can_cross", "ok", "ok"]
    assert_array_equal = np.testing.assert_array_equal
    assert_array_equal(found["reorder_point"].astype(float), expected["reorder_point"])
    arguments = ("--lead-times", received, "--columns", "lead_time=days", "--force")
    assert (
        "no column 'days'"
        in run("tune", items, out, "--fill-rate", "0.98", *arguments, code=2).stderr
    )


def test_every_argument_of_tune_and_evaluate_has_its_option():
    elsewhere = {"frame"}
    for name in ("tune", "evaluate"):
        offered = {parameter.name for parameter in stocklevel.commands[name].params}
        wanted = set(inspect.signature(getattr(sl, name)).parameters) - elsewhere
        assert wanted <= offered, name
        own = {"source", "target", "problems", "strict", "force", "separator", "chunk_rows"}
        assert offered - wanted <= own | {"progress", "quiet"}, name


# --- manners ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["tune", "evaluate", "demo"])
def test_help_teaches_by_example(command):
    text = run(command, "--help").stdout
    assert f"stocklevel {command}" in text
    assert "xample" in text
    if command != "demo":
        assert "Exit codes" in text


def test_help_names_every_family():
    text = " ".join(run("tune", "--help").stdout.split())
    assert all(name in text for name in FAMILIES)


def test_progress_is_shown_only_when_asked_for(items, tmp_path):
    arguments = ["tune", items, tmp_path / "plan.csv", "--fill-rate", "0.98", "--force"]
    assert "100%" not in run(*arguments).stderr
    assert "100%" in run(*arguments, "--progress").stderr
    assert run(*arguments, "--quiet").stderr == ""


def test_as_a_program(items, tmp_path):
    command = [sys.executable, "-m", "stocklevel", "tune", str(items), str(tmp_path / "o.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "exactly one target" in done.stderr
    done = subprocess.run([*command, "--fill-rate", "0.98"], capture_output=True, check=False)
    assert done.returncode == 0
    assert text_of(tmp_path / "o.csv")["sku"].iloc[0] == "00123"


def test_without_its_packages_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"click and tqdm.*pip install .stocklevel.cli"):
        cli.main()
