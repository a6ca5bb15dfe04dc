"""What is true: values, models and rules, with no door to the outside world."""
