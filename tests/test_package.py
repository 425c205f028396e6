"""What is released: an sdist and a wheel that work where nothing of the checkout is."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from scripts.pythons import VERSIONS
from tests.harness import FLOW, KEPT, ROOT, TAP, Command, Run, copy_checkout

UV: Final = TAP.with_name("uv")
PYPROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION: Final = PYPROJECT["project"]["version"]
LOCKED: Final = {
    package["name"]: package["version"]
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    if "version" in package
}
WORKFLOWS: Final = ROOT / ".github" / "workflows"
CLASSIFIER: Final = "Programming Language :: Python :: 3."


def environment(folder: Path) -> dict[str, str]:
    """What an installed command sees: nothing that could lead it to the checkout."""
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, "HOME": str(folder)}


def uv(*arguments: str | Path, cwd: Path) -> None:
    """Run uv with the machine's way to its registry, but without the environment under test."""
    # Bytecode that is compiled for one call costs more than the call.
    unwanted = ("COVERAGE", "PYTHON", "VIRTUAL_ENV", "UV_COMPILE_BYTECODE")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    command: list[str | Path] = [UV, *arguments, "--quiet"]
    ran = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@dataclass(frozen=True)
class Built:
    """What a release consists of, and the copy of the checkout that it was built in."""

    source: Path
    sdist: Path
    wheel: Path
    wheel_of_sdist: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build without the network, in a copy: a build leaves folders behind."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    copy_checkout(source)

    def build(what: str, of: Path, to: str) -> Path:
        way = ("--offline", "--no-build-isolation", "--python", sys.executable)
        uv("build", what, *way, "--out-dir", folder / to, of, cwd=folder)
        (made,) = (path for path in (folder / to).iterdir() if path.name.startswith("tap_ivrflow"))
        return made

    sdist = build("--sdist", source, "sdist")
    return Built(source, sdist, build("--wheel", source, "wheel"), build("--wheel", sdist, "wheel_of_sdist"))


def install(built: Built, wheel: Path, folder: Path, *extras: str) -> Path:
    """Install a wheel into an empty environment, with what some extras bring, and return the command."""
    python = folder / "env" / "bin" / "python"
    locked = folder / "locked.txt"
    wanted = [f"--extra={extra}" for extra in extras]
    uv(
        "export",
        "--locked",
        "--no-dev",
        "--no-emit-project",
        *wanted,
        "--output-file",
        locked,
        cwd=built.source,
    )
    uv("venv", "--python", sys.executable, folder / "env", cwd=folder)
    # From the registry (or uv's cache) comes what the lock file names, by its hashes, and nothing else.
    uv("pip", "install", "--python", python, "--require-hashes", "--no-build", "-r", locked, cwd=folder)
    uv("pip", "install", "--python", python, "--no-deps", "--offline", wheel, cwd=folder)
    return python.with_name("tap-ivrflow")


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(built, built.wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def installed_from_sdist(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(built, built.wheel_of_sdist, tmp_path_factory.mktemp("installed_from_sdist"))


def says(command: Path, *arguments: str, cwd: Path) -> bytes:
    """What the command prints in a folder that is not the checkout."""
    return subprocess.run(
        [command, *arguments], check=True, capture_output=True, cwd=cwd, env=environment(cwd)
    ).stdout


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(wheel: Path) -> Message:
    return BytesParser().parsebytes(contents(wheel)[f"tap_ivrflow-{VERSION}.dist-info/METADATA"])


def test_twine_accepts_what_is_built(built: Built) -> None:
    command: list[str | Path] = [sys.executable, "-m", "twine", "check", "--strict", built.sdist, built.wheel]

    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_wheel_holds_the_package_and_its_schemas_and_nothing_else(built: Built) -> None:
    modules = {str(path.relative_to(built.source)) for path in (built.source / "tap_ivrflow").rglob("*.py")}
    schemas = {f"tap_ivrflow/schemas/{path.name}" for path in (built.source / "schemas").iterdir()}

    found = {name for name in contents(built.wheel) if ".dist-info/" not in name}

    assert found == {*modules, *schemas, "tap_ivrflow/py.typed"}
    assert "tap_ivrflow/schemas/ivr_flows.json" in found


def test_wheel_made_from_the_sdist_is_the_same(built: Built) -> None:
    assert contents(built.wheel_of_sdist) == contents(built.wheel)


def test_license_goes_with_both(built: Built) -> None:
    text = (ROOT / "LICENSE").read_bytes()

    assert contents(built.wheel)[f"tap_ivrflow-{VERSION}.dist-info/licenses/LICENSE"] == text
    with tarfile.open(built.sdist) as archive:
        packed = archive.extractfile(f"tap_ivrflow-{VERSION}/LICENSE")
        assert packed is not None
        assert packed.read() == text


def test_runtime_dependencies_are_these_five(built: Built) -> None:
    required = [Requirement(line) for line in metadata(built.wheel).get_all("Requires-Dist", [])]

    found = {each.name: each.extras for each in required if each.marker is None}

    assert found == {
        "pendulum": set(),
        "requests": set(),
        "singer-sdk": {"msgspec"},
        "typing-extensions": set(),
        "urllib3": set(),
    }
    # An extra is the SDK's of the same name, and nothing more.
    extras = {(each.name, *each.extras, str(each.marker)) for each in required if each.marker is not None}
    assert extras == {("singer-sdk", "faker", 'extra == "faker"')}


def test_every_runtime_dependency_is_imported() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tap_ivrflow").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported = {name.partition(".")[0] for name in plain | parts}

    assert {"pendulum", "requests", "singer_sdk", "msgspec", "typing_extensions"} <= imported


def test_catalog_is_the_same_from_a_wheel_an_sdist_and_an_editable_install(
    installed: Path, installed_from_sdist: Path, tmp_path: Path
) -> None:
    editable = says(TAP, "--discover", cwd=tmp_path)

    assert says(installed, "--discover", cwd=tmp_path) == editable
    assert says(installed_from_sdist, "--discover", cwd=tmp_path) == editable


def test_each_install_has_a_package_of_its_own_and_the_editable_one_the_checkout(
    installed: Path, installed_from_sdist: Path, tmp_path: Path
) -> None:
    asked = "import tap_ivrflow, tap_ivrflow.schemas as s; print(tap_ivrflow.__file__); print(s.__file__)"

    def files(command: Path) -> list[Path]:
        printed = says(command.with_name("python"), "-c", asked, cwd=tmp_path).decode()
        return [Path(line) for line in printed.splitlines()]

    assert files(TAP) == [ROOT / "tap_ivrflow" / "__init__.py", ROOT / "schemas" / "__init__.py"]
    for command in (installed, installed_from_sdist):
        assert all(path.is_relative_to(command.parent.parent) for path in files(command))


def test_catalog_repeats_the_schema_file(tmp_path: Path) -> None:
    for stream in json.loads(says(TAP, "--discover", cwd=tmp_path))["streams"]:
        path = ROOT / "schemas" / f"{stream['tap_stream_id']}.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert stream["schema"]["properties"] == schema["properties"]
        assert list(stream["schema"]["properties"]) == list(schema["properties"])
        assert stream["schema"]["required"] == schema["required"]
        assert {*stream["key_properties"]} <= {*schema["required"]}


def test_version_is_that_of_the_metadata(built: Built, installed: Path, tmp_path: Path) -> None:
    said = says(installed, "--version", cwd=tmp_path).decode()

    assert said == f"tap-ivrflow v{VERSION}, Meltano SDK v{LOCKED['singer-sdk']}\n"
    assert metadata(built.wheel)["Version"] == VERSION


def test_installed_package_is_typed(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(
        "from tap_ivrflow.aicc.responses import Response\n\nResponse('no status', b'')\n"
    )
    options = ["--config-file=", f"--python-executable={installed.with_name('python')}"]

    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "py.typed" not in ran.stdout
    assert 'incompatible type "str"; expected "int"' in ran.stdout


@pytest.mark.targets
def test_the_extra_brings_what_the_option_needs(built: Built, tap: Command) -> None:
    command = install(built, built.wheel, tap.folder / "installed", "faker")

    def run(**settings: Any) -> Run:
        arguments = [str(command), *tap.arguments(tap.config(**settings))[1:]]
        done = subprocess.run(arguments, env=tap.environment(), capture_output=True, check=False)
        return Run(done.returncode, done.stdout, done.stderr.decode())

    tap.serve(FLOW)
    maps = {"ivr_flows": {"description": "fake.first_name()"}}
    names = {run(stream_maps=maps, faker_config={"seed": "1"}).records[0]["description"] for _ in range(2)}
    assert len(names - {None, FLOW["description"]}) == 1


def supported() -> list[str]:
    """The Python versions that the classifiers name."""
    classifiers: list[str] = PYPROJECT["project"]["classifiers"]
    return [name.rpartition(" ")[2] for name in classifiers if name.startswith(CLASSIFIER)]


def test_supported_pythons_are_what_requires_python_allows() -> None:
    allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])

    # There is no upper bound: a newer Python may work, and is not tested.
    newest = int(supported()[-1].removeprefix("3."))
    assert supported() == [f"3.{minor}" for minor in range(newest + 1) if f"3.{minor}.0" in allowed]
    assert supported() == list(VERSIONS)


def test_supported_pythons_are_what_the_tap_says(installed: Path, tmp_path: Path) -> None:
    about = json.loads(says(installed, "--about", "--format=json", cwd=tmp_path))

    assert about["supported_python_versions"] == supported()


def test_supported_pythons_are_tested_on_github() -> None:
    assert workflow("test.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == supported()


def test_the_demo_and_the_targets_run_on_the_oldest_and_the_newest_python_on_github() -> None:
    job = workflow("test.yml")["jobs"]["targets"]
    assert job["strategy"]["matrix"]["python"] == [supported()[0], supported()[-1]]
    assert {"make demo", "make test-targets"} <= {step.get("run") for step in job["steps"]}


def test_what_make_test_leaves_out_is_run_by_another_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = [
        word for line in re.findall(r"-m pytest (.*)", makefile) for word in line.split() if "tests/" in word
    ]
    tests = (ROOT / "tests").rglob("test_*.py")
    left_out = [path for path in tests if re.search(r"mark\.(targets|engines)", path.read_text("utf-8"))]
    assert left_out
    assert [path for path in left_out if not any(path.is_relative_to(ROOT / name) for name in named)] == []


def test_makefile_fetches_the_uv_that_the_lock_file_names() -> None:
    (version,) = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert version == LOCKED["uv"]


def test_package_is_built_with_the_setuptools_that_the_lock_file_names() -> None:
    assert PYPROJECT["tool"]["uv"]["build-constraint-dependencies"] == [f"setuptools=={LOCKED['setuptools']}"]


def workflow(name: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", ["release.yml", "test.yml", "weekly.yml"])
def test_every_action_is_pinned_by_commit_and_says_its_version(name: str) -> None:
    lines = (WORKFLOWS / name).read_text(encoding="utf-8").splitlines()
    used = [line.partition("uses: ")[2] for line in lines if "uses: " in line]
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

    assert used
    assert [action for action in used if not action.startswith("./") and not pinned.fullmatch(action)] == []


@pytest.mark.parametrize("name", ["release.yml", "test.yml", "weekly.yml"])
def test_a_workflow_may_read_only_unless_a_job_says_more(name: str) -> None:
    assert workflow(name)["permissions"] == {"contents": "read"}
    more = {job: its["permissions"] for job, its in workflow(name)["jobs"].items() if "permissions" in its}
    assert more == ({"publish": {"id-token": "write"}} if name == "release.yml" else {})


@pytest.mark.parametrize(
    ("tag", "code", "said"),
    [
        (f"v{VERSION}", 0, ""),
        (VERSION, 1, f"the tag is {VERSION}"),
        ("v99.0.0", 1, "the tag is v99.0.0"),
    ],
)
def test_a_release_compares_the_tag_with_the_version_and_the_changelog(
    tag: str, code: int, said: str
) -> None:
    (script,) = (step["run"] for step in workflow("release.yml")["jobs"]["build"]["steps"] if "env" in step)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    ran = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=ROOT,
        env={"PATH": path, "TAG": tag},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (code, "")
    assert said in ran.stdout
