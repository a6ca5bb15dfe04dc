"""Payments: how they are opened, collected, settled, polled and refunded."""
