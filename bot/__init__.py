"""Knows Slack: commands, buttons, modals and announcements over the billing desk. Never heard of SQL."""
