"""Tests of the two HTTP clients."""
