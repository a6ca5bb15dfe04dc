"""The seller's own product speaks here: HTTP for what it sold, and for what became of it."""
