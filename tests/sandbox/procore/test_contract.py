"""The stand-in's whole traffic is held against the public description of Procore's API.

That description and the script that reads it are not part of this repository; PROCORE_CONTRACT_CHECK names the script.
Without it a few shapes of our own are checked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.procore.resources.table import routes
from tests.sandbox.procore import drive, drive_budgets, drive_documents, shapes
from tests.sandbox.procore.stand import ROOT, Api, Json, Stand, started

BESIDE = ROOT.parent / "shared" / "checks" / "procore_contract.py"


def script() -> Path | None:
    """The script that judges traffic, if it is here."""
    path = Path(os.environ.get("PROCORE_CONTRACT_CHECK") or BESIDE)
    return path if path.is_file() else None


def recorded(file: Path, driver: Callable[[Stand], None]) -> list[Json]:
    """The traffic of a driver against a fresh stand-in, which is also left in the file."""
    with started("--limits", "off", "--traffic", str(file)) as stand:
        driver(stand)
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Everything, driven once."""
    return recorded(tmp_path_factory.mktemp("contract") / "traffic.jsonl", drive.everything)


def judged(file: Path, exchanges: list[Json]) -> list[str]:
    """The violations among exchanges: the script's verdict, or without it that of a few shapes of our own."""
    checker = script()
    if checker is None:
        return shapes.violations(exchanges)
    file.write_text("".join(json.dumps(exchange) + "\n" for exchange in exchanges))
    command = [sys.executable, str(checker), str(file)]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False)
    *found, counts = verdict.stdout.splitlines()
    assert f"{len(found)} distinct violations" in counts, verdict.stdout + verdict.stderr
    assert verdict.returncode == bool(found)
    return found


def row_by_row(exchanges: list[Json]) -> list[Json]:
    """The described exchanges, with each list of change orders split into its rows.

    The description has the two lists as one object instead of an array: so each row is held against that object. The
    configuration of a project is partner documentation, as the paths are that the script leaves out by itself.
    """
    split = []
    for exchange in exchanges:
        if exchange["path"].endswith("/configuration"):
            continue
        of_change_orders = exchange["path"].endswith(("/commitment_change_orders", "/prime_change_orders"))
        is_list = of_change_orders and exchange["method"] == "GET" and exchange["status"] == 200
        split += [{**exchange, "response": row} for row in exchange["response"]] if is_list else [exchange]
    return split


def test_every_endpoint_is_driven_with_success_and_with_failure(traffic: list[Json]) -> None:
    patterns = {route: re.compile("^" + re.sub(r"{\w+}", r"[^/]+", route[1]) + "$") for route in routes().listed()}

    def endpoint(exchange: Json) -> tuple[str, str] | None:
        fitting = [r for r, p in patterns.items() if r[0] == exchange["method"] and p.match(exchange["path"])]
        return min(fitting, key=lambda route: route[1].count("{"), default=None)

    succeeded = {endpoint(exchange) for exchange in traffic if exchange["status"] < 300}
    assert set(patterns) - succeeded == set()
    failed = {endpoint(exchange) for exchange in traffic if exchange["status"] >= 400}
    assert set(patterns) - failed == set()


def test_all_traffic_keeps_to_the_description(traffic: list[Json], tmp_path: Path) -> None:
    assert judged(tmp_path / "all.jsonl", row_by_row(traffic)) == []


def test_all_traffic_keeps_to_our_own_shapes(traffic: list[Json]) -> None:
    assert shapes.violations(traffic) == []


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("/rest/v1.0/vendors", lambda body: body[0].update(shoe_size=44)),
        ("/rest/v1.0/commitments", lambda body: body[0].update(status="Lost")),
        ("/rest/v1.0/line_item_types", lambda body: body[0].update(id="3001")),
    ],
)
def test_one_spoilt_exchange_is_found(
    traffic: list[Json], tmp_path: Path, path: str, spoil: Callable[[Json], None]
) -> None:
    spoilt = json.loads(json.dumps(traffic))
    spoil(next(e for e in spoilt if e["path"] == path and e["method"] == "GET" and e["status"] == 200)["response"])
    assert len(judged(tmp_path / "spoilt.jsonl", row_by_row(spoilt))) == 1
    assert len(shapes.violations(spoilt)) == 1


def test_where_the_description_contradicts_the_documents(tmp_path: Path) -> None:
    """Four known places, and no others, in which we follow the documents against the description.

    The description's row errors of vendors and cost codes have the single key `field_name` where the tutorial has the
    names of fields; two bodies lack the `id` that the tutorial's matching table begins with; and the rows of a budget view
    lack the keys of the view's own columns, of which the endpoint's own text speaks; and the two lists of change orders
    are described as one object.
    """
    if script() is None:
        pytest.skip("the public API description is not part of this repository")

    def driver(stand: Stand) -> None:
        api: Api = stand.api()
        drive.vendor_and_cost_code_row_errors(api)
        drive.rows_by_id(api)
        drive_budgets.view_with_columns(api)
        drive_documents.change_order_lists(api)

    found = judged(tmp_path / "known.jsonl", recorded(tmp_path / "driven.jsonl", driver))
    expected = [
        ("PATCH /rest/v1.0/vendors/sync response 200 at errors/*/errors", "'id' does not match"),
        ("PATCH /rest/v1.0/cost_codes/sync response 200 at errors/*/errors", "'id' does not match"),
        ("PATCH /rest/v1.0/purchase_order_contracts/sync request at updates/*", "'id' does not match"),
        ("line_items/sync request at updates/*", "'id' does not match"),
        ("detail_rows response 200 at *", "'estimated_cost_at_completion', 'revised_budget' do not match"),
        ("/commitment_change_orders response 200 at .", "is not valid under any of the given schemas"),
        ("/prime_change_orders response 200 at .", "is not valid under any of the given schemas"),
        ("summary_rows response 200 at *", "'estimated_cost_at_completion', 'revised_budget' do not match"),
    ]
    assert len(found) == len(expected), found
    for where, what in expected:
        assert any(where in line and what in line for line in found), found
