#!/usr/bin/env python3
"""Write what the dbt project repeats of schemas/: the columns' descriptions and the list of flow types.

`python transform/document.py` writes the files; with `--check` it only compares, exit 1 when one differs.
"""

import argparse
import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SCHEMA: Final = HERE.parent / "schemas" / "ivr_flows.json"
BLOCKS: Final = HERE / "models" / "ivr_flows.md"
FLOW_TYPES: Final = HERE / "seeds" / "flow_types.csv"
SOURCES: Final = HERE / "models" / "sources.yml"


def doc_blocks(descriptions: dict[str, str]) -> str:
    """Return one dbt doc block a description; yml files quote a block as `{{ doc('name') }}`."""
    head = "<!-- Written by document.py from schemas/ivr_flows.json. -->\n"
    return head + "".join(
        f"\n{{% docs {name} %}}\n{text}\n{{% enddocs %}}\n" for name, text in descriptions.items()
    )


def flow_types(description: str) -> str:
    """Return as CSV the list in `Type of the flow: 0 one name, 1 another name.`.

    Raises ValueError when the description has another form.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["flow_type", "flow_type_name"])
    _, _, listed = description.removesuffix(".").partition(": ")
    for item in re.split(r", (?=\d)", listed):
        code, _, name = item.partition(" ")
        if not (code.isdecimal() and name):
            raise ValueError(f"no list of codes and names: {description!r}")
        writer.writerow([code, name])
    return out.getvalue()


def main() -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare, exit 1 when a file differs")
    check: bool = parser.parse_args().check

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    columns: dict[str, str] = {
        f"ivr_flows__{name}": column["description"] for name, column in schema["properties"].items()
    }
    wanted = {
        BLOCKS: doc_blocks({"ivr_flows": schema["description"], **columns}),
        FLOW_TYPES: flow_types(columns["ivr_flows__flowType"]),
    }

    sources = SOURCES.read_text(encoding="utf-8")
    problems = [
        f"{SOURCES.name}: no column is described by doc('{name}')"
        for name in columns
        if f"doc('{name}')" not in sources
    ]
    for path, text in wanted.items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            problems.append(f"{path.name}: differs from {SCHEMA.name}, run document.py")
        else:
            path.write_text(text, encoding="utf-8")
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
