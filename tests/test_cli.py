"""The command line: files in, files out, exit codes and messages."""

from __future__ import annotations

import gzip
import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import stocklevel as sl
from stocklevel import cli
from stocklevel.cli import options
from stocklevel.cli.commands import stocklevel
from stocklevel.distributions import FAMILIES

ITEMS = """\
sku,site,demand_mean,demand_std,lead_time,order_quantity,note
00123,01,100,25.0,4,300,1.50
NA,01,5,3.872983346207417,3,15,
1e5,02,40,10,2,80,"a, b"
"""


@pytest.fixture
def items(tmp_path):
    file = tmp_path / "items.csv"
    file.write_text(ITEMS)
    return file


def run(*arguments, code=0):
    """The outcome of a command that must exit with `code`; without a traceback in any case."""
    outcome = CliRunner().invoke(stocklevel, [str(argument) for argument in arguments])
    assert outcome.exit_code == code, outcome.output
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    return outcome


def text_of(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False)


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


# --- rows and files that cannot be used -------------------------------------------------------

BAD = """\
sku,demand_mean,demand_std,lead_time,order_quantity
01,100,25,4,300
02,abc,25,4,300
03,100,-1,4,300
04,100,,4,300
"""


def test_a_cell_that_is_no_number_is_named(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(BAD)
    message = run("tune", source, out, "--fill-rate", "0.98", code=2).stderr
    assert "demand_mean must be a number" in message
    assert "sku='02', demand_mean='abc'" in message
    assert "pass --errors flag" in message
    assert not out.exists()


@pytest.mark.parametrize("rows", [1, 1000])
def test_flagged_rows_and_their_problems(tmp_path, rows):
    source, out, problems = (tmp_path / name for name in ("in.csv", "out.csv", "problems.csv"))
    source.write_text(BAD)
    flags = ["--fill-rate", "0.98", "--errors", "flag", "--problems", problems]
    outcome = run("tune", source, out, *flags, "--chunk-rows", rows)
    assert "invalid_demand" in outcome.stderr
    found = pd.read_csv(out, dtype={"sku": str}).set_index("sku")
    assert found["status"].tolist() == ["ok", *["invalid_demand"] * 3]
    assert found["reorder_point"].isna().tolist() == [False, True, True, True]
    assert text_of(out)["demand_mean"].tolist() == ["100", "abc", "100", "100"]

    listed = text_of(problems)
    assert listed.columns.tolist() == ["id", "column", "code", "value", "message"]
    listed = listed.set_index("id").sort_index()
    assert listed.index.tolist() == ["02", "03", "04"]
    assert listed["column"].tolist() == ["demand_mean", "demand_std", "demand_std"]
    assert listed["value"].tolist()[:2] == ["abc", "-1.0"]
    assert "demand_mean must be a number" in listed["message"].iloc[0]

    assert run("tune", source, out, *flags, "--force", "--strict", code=3)
    assert out.exists()


@pytest.mark.parametrize("column", options.READ)
def test_no_unreadable_cell_is_passed_over(tmp_path, column):
    cells = dict.fromkeys(options.READ, "1") | {column: "oops"}
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f"sku,{','.join(cells)}\n01,{','.join(cells.values())}\n")
    message = run("tune", source, out, "--fill-rate", "0.9", code=2).stderr
    assert f"{column} must be a number" in message
    assert "sku='01'" in message
    run("tune", source, out, "--fill-rate", "0.9", "--errors", "flag", "--strict", code=3)
    assert text_of(out)["status"].iloc[0].startswith("invalid")
    assert text_of(out)[column].iloc[0] == "oops"


@pytest.mark.parametrize("column", options.READ)
def test_blank_cells_are_missing_values(tmp_path, column):
    cells = dict.fromkeys(options.READ, "1") | {column: " "}
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(f"sku,{','.join(cells)}\n01,{','.join(cells.values())}\n")
    run("tune", source, out, "--fill-rate", "0.9", "--errors", "flag")
    frame = pd.read_csv(source, dtype={"sku": str}, na_values=" ")
    expected = sl.tune(frame, fill_rate=0.9, errors="flag", id_col="sku")
    assert text_of(out)["status"].tolist() == expected["status"].tolist()
    assert text_of(out)[column].tolist() == [" "]


def test_rows_that_miss_their_target_count_for_strict(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "sku,demand_mean,demand_std,lead_time,order_quantity,max_level\n1,9,3,2,9,9\n"
    )
    run("tune", source, out, "--fill-rate", "0.99", "--strict", code=3)
    assert text_of(out)["status"].tolist() == ["unreachable_target"]


def test_raise_writes_the_problems_too(tmp_path):
    source, out, problems = (tmp_path / name for name in ("in.csv", "out.csv", "problems.csv"))
    source.write_text(BAD.replace("abc", "90"))
    arguments = ["--fill-rate", "0.98", "--problems", problems]
    message = run("tune", source, out, *arguments, code=2).stderr
    assert "demand_std" in message
    assert "sku='0" in message
    assert sorted(text_of(problems)["id"]) == ["03", "04"]
    assert not out.exists()


def test_problems_file_is_there_without_problems(items, tmp_path):
    problems = tmp_path / "problems.parquet"
    arguments = ["--fill-rate", "0.98", "--errors", "flag", "--strict", "--problems", problems]
    run("tune", items, tmp_path / "plan.csv", *arguments)
    assert len(pd.read_parquet(problems)) == 0


def test_message_says_which_rows_of_a_long_file(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text(BAD.replace("abc", "90"))
    arguments = ["--fill-rate", "0.98", "--chunk-rows", "2"]
    message = run("tune", source, tmp_path / "out.csv", *arguments, code=2).stderr
    assert "rows 3 to 4" in message


def test_ids_must_be_unique_across_chunks(items, tmp_path):
    items.write_text(ITEMS + "00123,03,10,5,1,20,\n")
    for rows in (1, 1000):
        arguments = ["--fill-rate", "0.98", "--chunk-rows", rows]
        message = run("tune", items, tmp_path / "out.csv", *arguments, code=2).stderr
        assert "unique" in message
        assert "00123" in message


def test_ids_that_come_again_are_flagged(items, tmp_path):
    items.write_text(ITEMS + "00123,03,10,5,1,20,\n")
    flag, texts = ["--fill-rate", "0.98", "--errors", "flag", "--problems"], []
    for rows in (1, 2, 1000):
        out, problems = tmp_path / f"out{rows}.csv", tmp_path / f"problems{rows}.csv"
        run("tune", items, out, *flag, problems, "--chunk-rows", rows)
        texts.append((out.read_text(), problems.read_text()))
        assert text_of(out)["status"].tolist() == ["ok", "ok", "ok", "duplicate_id"]
        assert text_of(out)["reorder_point"].tolist()[3] == ""
    assert texts[0] == texts[1] == texts[2]


def test_existing_files_are_kept(items, tmp_path):
    out = tmp_path / "plan.csv"
    out.write_text("mine")
    arguments = ["tune", items, out, "--fill-rate", "0.98"]
    assert "--force" in run(*arguments, code=2).stderr
    assert out.read_text() == "mine"
    run(*arguments, "--force")
    assert out.read_text().startswith("sku,")


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(BAD)
    out.write_text("mine")
    arguments = ["--fill-rate", "0.98", "--force", "--chunk-rows", "1"]
    run("tune", source, out, *arguments, code=2)
    assert out.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "the file is empty"),
        ("sku,demand_mean\n", "no column 'lead_time'"),
        ("sku;demand_mean\n1;2\n", "pass --separator"),
        ("sku,sku\n1,2\n", "repeat"),
        ("sku,demand_mean,demand_std,lead_time,order_quantity\n1,2,3,4,5,6\n", "5 columns"),
        ("sku,demand_mean,demand_std,lead_time\n1,5,2,3\n", "order_quantity"),
        (b"sku,demand_mean\n\xe9,1\n", "UTF-8"),
    ],
)
def test_files_that_are_no_table(tmp_path, content, complaint):
    source = tmp_path / "in.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    message = run("tune", source, tmp_path / "o.csv", "--fill-rate", "0.98", code=2).stderr
    assert message.startswith("Error: ")
    assert complaint in message
    assert not (tmp_path / "o.csv").exists()


def test_a_table_without_rows(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("sku,demand_mean,demand_std,lead_time,order_quantity\n")
    outcome = CliRunner().invoke(stocklevel, ["tune", str(source), str(out), "--fill-rate", ".9"])
    assert outcome.exit_code in (0, 2)
    assert isinstance(outcome.exception, SystemExit | None)


def test_damaged_files(tmp_path):
    for name in ("in.csv.gz", "in.parquet"):
        (tmp_path / name).write_bytes(b"sku,demand_mean\n")
        message = run("tune", tmp_path / name, tmp_path / "o.csv", "--fill-rate", ".9", code=2)
        assert "not a" in message.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "exactly one target"),
        (["--fill-rate", "0.9", "--ready-rate", "0.9"], "2 were given"),
        (["--fill-rate", "95%"], "write 0.95 for 95%"),
        (["--fill-rate", "95"], "0.95"),
        (["--fill-rate", "no_such_column"], "no_such_column"),
        (["--fill-rate", "0.9", "--columns", "demand_mean"], "demand_mean=my_column"),
        (["--fill-rate", "0.9", "--id-col", "nope"], "'nope'"),
        (["--fill-rate", "0.9", "--policy", "(x)"], "(R,s,nQ)"),
        (["--fill-rate", "0.9", "--errors", "ignore"], "raise"),
        (["--fill-rate", "0.9", "--problems", "{out}"], "two files"),
        (["--fill-rate", "0.9", "--problems", "{out}.xlsx"], "suffix"),
    ],
)
def test_wrong_usage(items, tmp_path, arguments, complaint):
    out = tmp_path / "out.csv"
    filled = [argument.format(out=out) for argument in arguments]
    assert complaint in run("tune", items, out, *filled, code=2).stderr
    assert not out.exists()


def test_wrong_places(items, tmp_path):
    target = ["--fill-rate", "0.9"]
    assert "suffix" in run("tune", items, tmp_path / "out.xlsx", *target, code=2).stderr
    assert "folder" in run("tune", items, tmp_path / "no" / "o.csv", *target, code=2).stderr
    run("tune", tmp_path / "none.csv", tmp_path / "o.csv", *target, code=2)


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
