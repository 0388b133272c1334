#!/bin/sh
# Creates Temporal's two databases, or brings them to the newest schema of this image. Every start runs it; where nothing
# is missing it changes nothing. The server's address and user are the tool's own variables, SQL_HOST and so on.
set -eu

update() {
    temporal-sql-tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

schema() {
    temporal-sql-tool --db "$1" create
    # The version tables come first in an empty database only: set up again, they could forget where it stands.
    update "$1" "$2" || { temporal-sql-tool --db "$1" setup-schema -v 0.0 && update "$1" "$2"; }
}

schema temporal temporal
schema temporal_visibility visibility
