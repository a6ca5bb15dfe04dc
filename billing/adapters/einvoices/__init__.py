"""E-invoices: how a document is written for those who take no PDF for an invoice."""
