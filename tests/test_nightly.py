"""`docs/examples/nightly.sh`, started as cron does it: by `sh`, with nothing in the environment."""

from __future__ import annotations

import re
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar, Final

import pytest
from typing_extensions import override

from tests.harness import ROOT

SCRIPT: Final = ROOT / "docs" / "examples" / "nightly.sh"
LOAD: Final = "run tap-ivrflow target-duckdb"
BUILD: Final = "invoke dbt-duckdb:build"
PAGE: Final = "invoke dbt-duckdb:page"
NEW: Final = "invoke dbt-duckdb:new-findings"


def crontab_command(project: Path, meltano: Path) -> str:
    """The command of the line for crontab, as it stands in the script, with other paths."""
    found = re.search(
        r"^#   [\d*]+(?: [\d*]+){4} /srv/ivr-flows(/.*\.sh) (/srv/ivr-flows) (/srv/ivr-flows/.*)$",
        SCRIPT.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert found is not None
    return f"'{ROOT}{found[1]}' '{project}' '{meltano}'"


TAP_LINES: Final = """\
2026-11-28T03:13:45.852959Z [info     ] tap-ivrflow  tenant 'north': 1500 records of ivr_flows (1 of 3)
2026-11-28T03:13:45.852960Z [info     ] tap-ivrflow  tenant 'a b's': 0 records of called_routes (2 of 3)
2026-11-28T03:13:45.852961Z [info     ] tap-ivrflow  METRIC                         metric_name=record_count metric_value=2
2026-11-28T03:13:45.852962Z [info     ] tap-ivrflow  tenant 'south': 12 records of ivr_flows (3 of 3)
"""
FAILED_LINES: Final = """\
2026-11-28T03:13:45.853241Z [error    ] tap-ivrflow  tenant 'south', ivr_flows: tokenByAkSk answered 403
2026-11-28T03:13:45.989388Z [error    ] tap-ivrflow  1 of 3 lists failed: south (ivr_flows)
2026-11-28T03:13:46.633116Z [error    ] meltano      Extractor failed
2026-11-28T03:13:46.633525Z [error    ] meltano      Block run completed
"""
DBT_LINES: Final = """\
03:15:23  59 of 59 SKIP test accepted_values_findings [SKIP]
03:15:23
03:15:23  Completed with 1 error, 0 partial successes, and 0 warnings:
03:15:23
03:15:23  [ERROR]: in test loads_are_whole (tests/loads_are_whole.sql)
03:15:23  Done. PASS=7 WARN=0 ERROR=1 SKIP=51 NO-OP=0 REUSED=0 TOTAL=59
"""
DONE: Final = "03:15:01  Done. PASS=58 WARN=1 ERROR=0 SKIP=0 NO-OP=0 REUSED=0 TOTAL=59\n"


class Cron:
    """Starts the line, with a `meltano` that notes its calls, prints and exits as told."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.meltano = project / "meltano"
        self.path = ""
        (project / "output").mkdir()

    def __call__(
        self,
        *,
        load: int = 0,
        build: int = 0,
        page: int = 0,
        during: str = ":",
        target: str = "",
        printed: tuple[str, str] = ("", ""),
        new_findings: str = "",
    ) -> subprocess.CompletedProcess[str]:
        for name, text in zip(("run", "invoke"), printed, strict=True):
            (self.project / name).write_text(text, encoding="utf-8")
        self.meltano.write_text(
            f'#!/bin/sh\necho "$*" >>calls\n'
            f"case $2 in *:page) exit {page} ;; *:new-findings) {new_findings or ':'}; exit ;; esac\n"
            f'cat "$1" >&2\n{during}\n'
            f"case $1 in run) exit {load} ;; *) exit {build} ;; esac\n",
            encoding="utf-8",
        )
        self.meltano.chmod(0o755)
        return subprocess.run(
            ["/bin/sh", "-c", f"{self.command} {target}"],
            env={"PATH": self.path} if self.path else {},
            cwd="/",
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def command(self) -> str:
        return crontab_command(self.project, self.meltano)

    @property
    def calls(self) -> list[str]:
        path = self.project / "calls"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @property
    def log(self) -> str:
        return (self.project / "output" / "nightly.log").read_text(encoding="utf-8")


@pytest.fixture
def cron(tmp_path: Path) -> Cron:
    return Cron(tmp_path)


def test_it_loads_and_builds_in_the_projects_folder_and_mails_nothing(cron: Cron) -> None:
    done = cron()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert cron.calls == [LOAD, BUILD, NEW, PAGE]


def test_it_does_the_same_for_postgres(cron: Cron) -> None:
    assert cron(target="postgres").returncode == 0
    assert cron.calls == [call.replace("duckdb", "postgres") for call in (LOAD, BUILD, NEW, PAGE)]


def test_the_log_of_a_good_night_ends_with_its_lists_and_rows(cron: Cron) -> None:
    for _ in range(2):  # The second night counts its own lines only.
        cron(printed=(TAP_LINES, DONE), new_findings="echo Meltano starts >&2")
        assert cron.log.splitlines()[-1] == "nightly.sh: all is well: 3 lists, 1512 rows, dbt warnings: 1"
    assert cron.log.count(TAP_LINES + DONE) == 2


def test_a_night_without_lists_says_so(cron: Cron) -> None:
    cron()
    assert cron.log.splitlines()[-1] == "nightly.sh: all is well: 0 lists, 0 rows, dbt warnings: 0"


def test_log_and_mail_of_a_failed_load_end_with_the_taps_errors(cron: Cron) -> None:
    done = cron(load=1, printed=(TAP_LINES + FAILED_LINES, "Completed successfully\n" + DONE))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "nightly.sh: the load failed (exit code 1):",
        "tenant 'south', ivr_flows: tokenByAkSk answered 403",
        "1 of 3 lists failed: south (ivr_flows)",
    ]
    assert cron.log.endswith(done.stderr)


def test_log_and_mail_of_a_failed_build_end_with_what_dbt_says(cron: Cron) -> None:
    done = cron(build=2, printed=(TAP_LINES, DBT_LINES))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "nightly.sh: the reports failed (exit code 2):",
        "03:15:23  Completed with 1 error, 0 partial successes, and 0 warnings:",
        "03:15:23  [ERROR]: in test loads_are_whole (tests/loads_are_whole.sql)",
        "03:15:23  Done. PASS=7 WARN=0 ERROR=1 SKIP=51 NO-OP=0 REUSED=0 TOTAL=59",
    ]
    assert cron.log.endswith(done.stderr)


def test_without_an_error_line_the_last_lines_stand_for_it(cron: Cron) -> None:
    lines = "".join(f"{number}\n" for number in range(9))
    done = cron(load=3, build=2, printed=(lines, lines.upper()))
    last = [f"{number}" for number in range(4, 9)]
    heads = ["nightly.sh: the load failed (exit code 3):", "nightly.sh: the reports failed (exit code 2):"]
    assert done.stderr.splitlines() == [heads[0], *last, heads[1], *last]


def test_many_errors_are_cut_to_the_last(cron: Cron) -> None:
    many = FAILED_LINES.splitlines(keepends=True)[0] * 100
    done = cron(load=1, printed=(many + FAILED_LINES, ""))
    assert len(done.stderr.splitlines()) == 21
    assert done.stderr.splitlines()[-1] == "1 of 3 lists failed: south (ivr_flows)"


@pytest.mark.parametrize("load", [0, 1])
def test_new_findings_are_mailed_after_a_good_and_a_bad_night(cron: Cron, load: int) -> None:
    finding = "north: error: Number 95500 leads to flow 3, which is gone."
    done = cron(load=load, new_findings=f"echo to the log >&2; echo '{finding}'")
    assert done.returncode == load
    assert done.stderr.startswith(f"nightly.sh: new findings:\n{finding}\n")
    assert ("all is well" in cron.log) == (load == 0)
    last = "the load failed (exit code 1):" if load else "all is well: 0 lists, 0 rows, dbt warnings: 0"
    assert f"to the log\nnightly.sh: new findings:\n{finding}\nnightly.sh: {last}\n" in cron.log


def test_new_findings_are_mailed_if_the_page_cannot_be_written(cron: Cron) -> None:
    finding = "north: error: Number 95500 leads to flow 3, which is gone."
    done = cron(page=3, new_findings=f"echo '{finding}'")
    assert done.returncode == 3
    assert done.stderr.startswith(f"nightly.sh: new findings:\n{finding}\nnightly.sh: the reports failed")


def test_new_findings_that_cannot_be_read_are_a_failure(cron: Cron) -> None:
    done = cron(new_findings="exit 2")
    assert (done.returncode, done.stderr) == (
        2,
        "nightly.sh: the new findings cannot be read (exit code 2)\n",
    )


class Receiver(BaseHTTPRequestHandler):
    """Keeps the bodies that are posted to it."""

    bodies: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.bodies.append(self.rfile.read(length).decode())
        self.send_response(204)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.mark.parametrize("findings", ["", 'north: error: it\'s "gone".\nsouth: warning: 客服 & co.\n'])
def test_new_findings_are_sent_on_as_the_page_shows(tmp_path: Path, findings: str) -> None:
    page = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
    found = re.search(r"```sh\n(new=.*?)```", page, re.DOTALL)
    assert found is not None
    meltano = tmp_path / ".venv" / "bin" / "meltano"
    meltano.parent.mkdir(parents=True)
    (tmp_path / "findings").write_text(findings, encoding="utf-8")
    meltano.write_text(f'#!/bin/sh\n[ "$*" = "{NEW}" ] && cat findings\n', encoding="utf-8")
    meltano.chmod(0o755)
    Receiver.bodies.clear()
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        assert "https://hooks.example.com/ivr" in found[1]
        script = found[1].replace("https://hooks.example.com/ivr", url)
        subprocess.run(["/bin/sh", "-ec", script], cwd=tmp_path, check=True)
        server.shutdown()
    assert Receiver.bodies == ([findings.rstrip("\n")] if findings else [])


@pytest.mark.parametrize(
    ("load", "build", "page", "code", "calls"),
    [
        (3, 0, 0, 3, [LOAD, BUILD, NEW, PAGE]),
        (0, 2, 0, 2, [LOAD, BUILD]),
        (3, 2, 0, 3, [LOAD, BUILD]),
        (0, 0, 4, 4, [LOAD, BUILD, NEW, PAGE]),
    ],
)
def test_the_exit_code_is_that_of_the_first_failure_and_the_reports_are_built(
    cron: Cron, *, load: int, build: int, page: int, code: int, calls: list[str]
) -> None:
    assert (cron(load=load, build=build, page=page).returncode, cron.calls) == (code, calls)


def test_a_run_that_meets_another_leaves_it_alone_and_exits_with_75(cron: Cron) -> None:
    # Only the first call starts a second run, or without a lock they would never end.
    done = cron(during=f'[ -e met ] || {{ touch met; {cron.command}; echo "the second: $?"; }}')
    assert done.returncode == 0
    assert cron.calls == [LOAD, BUILD, NEW, PAGE], "the second called nothing"
    assert "nightly.sh: the previous run has not ended\n" in cron.log
    assert "the second: 75\n" in cron.log


def test_a_missing_flock_is_named(cron: Cron) -> None:
    tools = cron.project / "tools"
    tools.mkdir()
    for name in ("cat", "date", "wc"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    cron.path = str(tools)
    done = cron()
    assert (done.returncode, cron.calls) == (127, [])
    assert done.stderr == "nightly.sh: flock is missing (Debian: apt install util-linux)\n"


def test_a_flock_that_fails_is_named_with_its_reason(cron: Cron) -> None:
    tools = cron.project / "tools"
    tools.mkdir()
    (tools / "flock").write_text("#!/bin/sh\necho 'flock: 9: No locks available' >&2\nexit 71\n")
    (tools / "flock").chmod(0o755)
    cron.path = f"{tools}:/usr/bin:/bin"
    done = cron()
    assert (done.returncode, cron.calls) == (71, [])
    assert done.stderr == "nightly.sh: output/nightly.lock cannot be locked: flock: 9: No locks available\n"


def test_another_failure_of_the_script_is_mailed_too(cron: Cron) -> None:
    (cron.project / "output" / "nightly.lock").mkdir()
    done = cron()
    assert (done.returncode, cron.calls) == (2, [])
    assert "ended with exit code 2" in done.stderr


def test_a_failed_run_leaves_no_lock(cron: Cron) -> None:
    cron(load=1)
    assert cron().returncode == 0
