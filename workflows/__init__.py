"""The durable lifecycles: deterministic, no I/O. A lifecycle is a table, and a workflow walks it (design §3)."""
