"""What the operator's commands share, and those that are more than one."""
