"""The pages say what the code does: the generated ones are current, the links lead somewhere, the README's commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.docs import errors_page, lifecycles_page, mappings_page, settings_page
from domain.company_settings import Settings
from domain.setting_table import settings_table
from domain.settings import ExportSettings
from systems.cmic.config import BasicSignIn, CmicConfig, OAuthSignIn

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_errors_page_is_current() -> None:
    assert (ROOT / "docs/errors.md").read_text() == errors_page(), "run `make docs`"


def test_lifecycles_page_is_current() -> None:
    assert (ROOT / "docs/lifecycles.md").read_text() == lifecycles_page(), "run `make docs`"


def test_mappings_page_is_current() -> None:
    assert (ROOT / "docs/mappings.md").read_text() == mappings_page(), "run `make docs`"


def test_settings_page_is_current() -> None:
    assert (ROOT / "docs/settings.md").read_text() == settings_page(), "run `make docs`"


def test_the_settings_page_has_every_setting_and_every_requirement() -> None:
    """Each field once, with a meaning of its own; S-01 to S-33 each somewhere."""
    page = settings_page()
    rows = re.findall(r"^\| `(\w+)` \| [^|]*\| ([^|]+) \|", page.split("## Limits by name")[0], flags=re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(Settings.model_fields)
    assert len({meaning for _, meaning in rows}) == len(rows)
    assert all(len(meaning) > 15 for _, meaning in rows)
    assert {f"S-{n:02d}" for n in range(1, 34)} - set(re.findall(r"S-\d\d", page)) == set()


def test_when_a_setting_takes_effect_is_told_by_whose_field_it_is() -> None:
    frozen = {row.name for row in settings_table() if row.takes_effect == "with the next approval"}
    assert frozen == set(ExportSettings.model_fields)


def test_how_to_sign_in_is_told_as_the_connection_reads_it() -> None:
    page = settings_page()
    assert "PROCORE_CMIC_CMIC__SIGN_IN__MODE" in page
    assert "sign_in" in CmicConfig.model_fields
    for name in {*BasicSignIn.model_fields, *OAuthSignIn.model_fields}:
        assert f"__{name.upper()}`" in page


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
