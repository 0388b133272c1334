"""The steps: thin classes that are given ports and call mappers. No client library is imported here."""
