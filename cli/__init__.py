"""One command, `procore-cmic`: it asks workflows and reads the ledger."""
