"""What it costs, each time beside the least that it could cost, measured in the same run. Never a test."""
