"""The image: built from files that are there, without the extras, by a user who isn't root, and whole without them."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import ROOT, dockerfile, ours, project, without_ours

NOT_IN_THE_IMAGE = {"benchmarks", "sandbox"}


def copied() -> list[str]:
    """What is copied from this folder."""
    return [
        source
        for instruction, rest in dockerfile()
        if instruction == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]


def packages() -> set[str]:
    return {pattern.rstrip("*") for pattern in project()["tool"]["setuptools"]["packages"]["find"]["include"]}


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())
    for source in copied():
        assert (ROOT / source).exists(), source


def test_every_package_of_the_product_is_copied() -> None:
    assert {name for name in copied() if (ROOT / name).is_dir()} == packages() - NOT_IN_THE_IMAGE
    assert project()["project"]["readme"] in copied()


def test_what_isnt_python_is_packaged_too() -> None:
    """A wheel has only the data files that pyproject.toml names."""
    named = project()["tool"]["setuptools"]["package-data"]
    kept = [f"{package.replace('.', '/')}/{glob}" for package, globs in named.items() for glob in globs]
    files = [file for name in packages() - NOT_IN_THE_IMAGE for file in (ROOT / name).rglob("*") if file.is_file()]
    data = [str(file.relative_to(ROOT)) for file in files if file.suffix not in (".py", ".pyc")]
    assert data
    assert [file for file in data if not any(fnmatch.fnmatch(file, glob) for glob in kept)] == []


def test_the_extras_stay_out() -> None:
    installs = [word for instruction, rest in dockerfile() if instruction == "RUN" and "pip install" in rest
                for word in rest.replace("'", "").replace('"', "").split() if word.startswith(".")]  # fmt: skip
    extras = {extra for word in installs for extra in word.removeprefix(".").strip("[]").split(",") if extra}
    assert installs
    assert extras <= set(project()["project"]["optional-dependencies"]) - {"local", "dev"}


def test_the_base_is_pinned_and_new_enough() -> None:
    bases = {rest.split()[0] for instruction, rest in dockerfile() if instruction == "FROM"}
    assert len(bases) == 1, "built with one Python and run with another"
    version = bases.pop().removeprefix("python:").split("-")[0]
    assert project()["project"]["requires-python"] == ">=3.11"
    assert version.count(".") == 2
    assert version.startswith("3.11.")


def test_it_runs_the_command_as_an_ordinary_user() -> None:
    last = dict(dockerfile())
    assert last["USER"].isdigit()
    assert int(last["USER"]) > 0
    assert f"--uid {last['USER']}" in next(rest for _, rest in dockerfile() if "useradd" in rest)
    assert last["ENTRYPOINT"] == f'["{next(iter(project()["project"]["scripts"]))}"]'


@pytest.mark.parametrize("command", sorted({service["command"][0] for service in ours().values()}))
def test_a_command_needs_nothing_but_what_is_installed(command: str, tmp_path: Path) -> None:
    """The command is loaded by a Python that can't import the extras, nor what isn't copied. Without configuration it
    says what is missing, which is as far as it comes before it reaches for its servers."""
    lines = [line for extra in ("local", "dev") for line in project()["project"]["optional-dependencies"][extra]]
    modules = {line.split("==")[0].replace("-", "_") for line in lines} | {"multipart"} | NOT_IN_THE_IMAGE
    start = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({sorted(modules)!r}))\n"
        f"sys.argv = ['procore-cmic', {command!r}]\n"
        "from cli.main import main\n"
        "main()\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", start], cwd=tmp_path, env=without_ours(PYTHONPATH=str(ROOT)), capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert "PROCORE_CMIC_DATABASE_URL" in answer.stdout + answer.stderr, answer.stderr
    assert answer.returncode != 0
