"""PostgreSQL behind ports: history, snapshots, intents, links, dependencies, and what CMiC was seen to hold."""
