"""Part of `make docs`: the picture of the demo's page that the README shows, taken by headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_PAGE: Final = _ROOT / "output" / "demo" / "calls.html"
_PICTURE: Final = _ROOT / "docs" / "calls.png"
_SIZE: Final = (1100, 560)
_QUIET: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-sync"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ),
)


def main() -> None:
    """Take the picture, or say what is missing for it and leave the old one."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or not _PAGE.exists():
        missing = "Chromium" if chromium is None else "output/demo/calls.html (run make demo)"
        print(f"docs/calls.png stays as it is: there is no {missing}")  # noqa: T201 - a script speaks
        return
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "calls.png"
        size = f"--window-size={_SIZE[0]},{_SIZE[1]}"
        subprocess.run(  # noqa: S603 - Chromium, with a page of the project's own
            [chromium, *_QUIET, f"--user-data-dir={folder}", size, f"--screenshot={taken}", _PAGE.as_uri()],
            check=True,
            capture_output=True,
        )
        shutil.copy(taken, _PICTURE)


if __name__ == "__main__":
    main()
