"""Guards that are taken away one at a time, to see that a test misses each of them: `make mutants`."""
