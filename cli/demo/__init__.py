"""`make demo`: real commitments through a real Temporal server, a real PostgreSQL and the two stand-ins."""
