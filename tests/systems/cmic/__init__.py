"""Tests of the CMiC client (systems/cmic)."""
