"""The endpoints, one module a kind of record (or two where shapes and rules are many), and the table of all of them."""
