"""A strict stand-in for CMiC's REST API (Oracle ADF Business Components REST).

A separate process, started with ``python -m sandbox.cmic``; it shares no code with the product. What it reproduces,
and how well each part is known, is published in docs/fidelity.md (facts: cmic-api).
"""
