"""Handlers in processes of their own, one to each sandbox, behind a Runtime API of their own."""
