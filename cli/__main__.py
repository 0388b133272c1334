"""`python -m cli` is `procore-cmic`."""

from cli.main import main

main()
