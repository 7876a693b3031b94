"""The output of a benchmark: a table for people and a JSON line for programs."""

import json


def show(rows: list[dict]) -> None:
    columns = list(rows[0])
    print("|", " | ".join(columns), "|")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("|", " | ".join(cell(row.get(column)) for column in columns), "|")
    print(json.dumps(rows))


def cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
