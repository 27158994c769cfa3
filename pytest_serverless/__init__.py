"""Test serverless applications: accurate events and contexts, and handlers run as the platform runs them."""

__version__ = "0.1.0.dev0"
