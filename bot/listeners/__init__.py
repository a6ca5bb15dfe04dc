"""Listeners: what happens on a word, a button, a submission. One file a noun."""
