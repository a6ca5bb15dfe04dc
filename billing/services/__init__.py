"""What can be done: use cases, each a function that names the actor, asks the model, and says what to tell."""
