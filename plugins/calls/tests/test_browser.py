"""The page as a person sees it: Chromium lays it out, and a script in the frame around it measures."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ivrflow_calls.page import render
from rows import NORTH, NOW, edge, node, tables

pytestmark = pytest.mark.browser

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ),
)
MEASURE = """
const view = document.querySelector('iframe');
view.onload = () => {
  const page = view.contentDocument, all = (what) => [...page.querySelectorAll(what)];
  const runsOver = (box) => box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
  const inside = (box) => { const at = box.getBoundingClientRect(); return at.left >= 0 && at.right <= WIDTH };
  const lines = all('.way .edge').map((each) => each.getBoundingClientRect().width);
  document.querySelector('pre').textContent = JSON.stringify({
    nodes: all('.node:not(.copy)').length,
    edges: all('.edge').length,
    red: all('.node.broken').length,
    color: all('.node.broken').map((each) => page.defaultView.getComputedStyle(each).borderTopColor)[0],
    over: all('.node').filter(runsOver).map((each) => each.textContent),
    outside: all('.way .node, .way .edge').filter((each) => !inside(each)).map((each) => each.textContent),
    hidden: lines.filter((width) => width === 0).length,
    width: page.documentElement.scrollWidth,
    fetched: page.defaultView.performance.getEntriesByType('resource').length,
  });
};
"""


def measured(page: str, width: int, folder: Path) -> dict[str, Any]:
    """Lay the page out at a width and return what can be seen of it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "install Chromium (Debian: apt install chromium)"
    frame = folder / "frame.html"
    frame.write_text(
        f'<pre></pre><iframe width="{width}" height="4000" style="border:0" srcdoc="{html.escape(page)}"></iframe>'
        f"<script>{MEASURE.replace('WIDTH', str(width))}</script>",
        encoding="utf-8",
    )
    command = [chromium, *QUIET, f"--user-data-dir={folder / 'profile'}", "--window-size=1700,4100"]
    ran = subprocess.run(
        [*command, "--virtual-time-budget=5000", "--dump-dom", frame.as_uri()],
        capture_output=True,
        check=True,
    )
    found = re.search(r"<pre>(.+?)</pre>", ran.stdout.decode())
    assert found, "the page was not laid out"
    seen: dict[str, Any] = json.loads(html.unescape(found[1]))
    return seen


@pytest.mark.parametrize("width", [360, 1600])
def test_all_is_drawn_and_no_text_runs_over_its_box(width: int, tmp_path: Path) -> None:
    long = "A description of fifty characters, which is the most 50"
    nodes = [
        *NORTH["nodes"],
        node("north", "flow 7", long),
        node("north", "number 4008001004 ext. 123456789012", "4008001004 ext. 123456789012"),
        node("north", "queue 8", "W" * 44),
    ]
    edges = [
        *NORTH["edges"],
        edge("north", "number 4008001004 ext. 123456789012", "queue 8"),
        edge("north", "queue 8", "flow 7", "no agents"),
    ]
    seen = measured(render(tables(nodes=nodes, edges=edges), NOW), width, tmp_path)
    assert seen == {
        "nodes": 9 + 2,  # flow 2 and flow 7 stand where their queues overflow to; one box says "no route"
        "edges": len(edges) + 1,
        "red": 3,
        "color": "rgb(179, 38, 30)",
        "over": [],
        "outside": [],
        "hidden": 0,
        "width": width,
        "fetched": 0,
    }
