"""Views: pure functions of frozen values, and readers of the forms that they write."""
