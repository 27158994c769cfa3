"""The handler's second argument, as each provider's own runtime makes it."""
