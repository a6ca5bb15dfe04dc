"""Tests of the pretend Slack."""
