"""A load test from within a test: Locust in a process of its own, and what it measured."""
