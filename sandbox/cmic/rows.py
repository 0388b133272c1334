"""Making and changing stored rows: defaults, generated keys, creation and change dates (cmic-api §1.4, §1.5)."""

import secrets
from collections.abc import Mapping

from sandbox.cmic.schema import Row, Table, Value
from sandbox.cmic.tenant import Tenant


def new(tenant: Tenant, table: Table, values: Mapping[str, Value]) -> Row:
    """A whole new row: every attribute present, defaults filled in, VUuid (32 upper-case hex digits) generated."""
    row = {
        attribute.name: attribute.default if values.get(attribute.name) is None else values[attribute.name]
        for attribute in table.attributes
    }
    row[table.uuid] = values.get(table.uuid) or secrets.token_hex(16).upper()
    row[table.created] = values.get(table.created) or tenant.stamp()
    row[table.updated] = values.get(table.updated)
    return row


def changed(tenant: Tenant, table: Table, row: Row, values: Mapping[str, Value]) -> Row:
    """The row with new values and, if anything differs, a new change date."""
    if all(row[name] == value for name, value in values.items()):
        return row
    return {**row, **values, table.updated: tenant.stamp()}
