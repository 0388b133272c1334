"""The registry of imports: one row an import. Adding one is adding its module, its workflow type and its row here."""

from __future__ import annotations

from mappers.incoming.base import Importer
from mappers.incoming.transactions import TransactionsImporter

IMPORTERS: dict[str, Importer] = {i.kind.name: i for i in (TransactionsImporter(),)}
