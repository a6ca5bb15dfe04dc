"""What `verify` looks for: each statement finds the rows that break one invariant."""
