"""Renewals: cycles begin and cancelled plans end, one at a time or thousands together."""
