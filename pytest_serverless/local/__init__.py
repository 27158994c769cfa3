"""The local platform: handlers in processes of their own, behind the provider's surfaces, on one machine."""
