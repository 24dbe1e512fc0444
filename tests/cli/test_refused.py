"""The command line: rows and files that cannot be used, exit codes and messages."""

from __future__ import annotations

import pandas as pd
import pytest
from click.testing import CliRunner
from commands import ITEMS, run, text_of

import stocklevel as sl
from stocklevel.cli import options
from stocklevel.cli.commands import stocklevel

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
