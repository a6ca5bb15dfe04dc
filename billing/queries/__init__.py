"""Queries: the only place where a statement is built, one file a noun."""
