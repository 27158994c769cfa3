"""The mocked AWS services of the local platform, over HTTP, and the deliveries between them: a process of its own.

`python -m pytest_serverless.local.aws` is that process: see `__main__`. What it and the platform's server say to each
other is in `messages`.
"""
