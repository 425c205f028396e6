"""The queries of docs/proof.md, on the schema that the targets load into."""

from __future__ import annotations

import re
from typing import Final

from tests.harness import ROOT

PAGE: Final = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
EXISTING, APPENDED, CHECK, CHECKED = (
    re.sub(r"\b(from|join) (ivr_flows|extractions)\b", r"\1 tap_ivrflow.\2", query)
    for query in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)[:4]
)
"""The flows that exist now; the same where each run is written anew; the lists that are not whole; the flows that exist now,
with the check built in."""
