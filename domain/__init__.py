"""What is true of the connector's objects, pure: no clock, no network, no database, no Temporal."""
