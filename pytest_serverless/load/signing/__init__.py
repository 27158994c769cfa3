"""Requests signed as AWS asks for, at a rate that a load generator needs."""

from pytest_serverless.load.signing.sigv4 import Keys, Signer

__all__ = ["Keys", "Signer"]
