"""Invoicing: drafts, numbers, issued documents, credit notes, quotes."""
