"""A strict stand-in for the parts of Procore's REST API that an accounting connector uses.

It is a process of its own that speaks HTTP and shares no code with the product (design §2, §10). How well each
endpoint is known stands in docs/fidelity.md.
"""
