"""PRETENDS TO BE STRIPE: its API on the wire, the hosted card page, the bank's page, webhooks, faults."""
