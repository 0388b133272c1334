"""The pages say what the code does: the generated ones are current, the links lead somewhere, the README's commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.docs import errors_page, lifecycles_page, mappings_page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_errors_page_is_current() -> None:
    assert (ROOT / "docs/errors.md").read_text() == errors_page(), "run `make docs`"


def test_lifecycles_page_is_current() -> None:
    assert (ROOT / "docs/lifecycles.md").read_text() == lifecycles_page(), "run `make docs`"


def test_mappings_page_is_current() -> None:
    assert (ROOT / "docs/mappings.md").read_text() == mappings_page(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_make_targets_named_in_pages_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for named in re.findall(r"`make ([a-z]+)`", page.read_text()):
        assert named in targets, f"{page.name} names make {named}"
