"""The ``links`` of rows and collections. Their hrefs say ``http://host:80`` whatever the site is really reached by, as
in CMiC's published samples: a client must build its URLs itself (cmic-api §1.4).
"""

from sandbox.cmic.jsontext import Json
from sandbox.cmic.schema import Row, Table


def address(host: str, environment: str, table: Table, key: str | None = None) -> str:
    """The href of a resource or of one of its rows."""
    base = f"http://{host}:80/{environment}/{table.application}/{table.root}/{table.version}/{table.resource}"
    return f"{base}/{key}" if key else base


def link(rel: str, href: str, name: str, kind: str) -> Json:
    """One entry of ``links``."""
    return {"rel": rel, "href": href, "name": name, "kind": kind}


def of_row(host: str, environment: str, table: Table, row: Row) -> list[Json]:
    """The links of a row: itself, its canonical address, its child collections. A row without a URL has none."""
    if not table.methods:
        return []
    href = address(host, environment, table, str(row[table.url_key]))
    itself = [link(rel, href, table.resource, "item") for rel in ("self", "canonical")]
    return itself + [link("child", f"{href}/child/{c.name}", c.name, "collection") for c in table.children]
