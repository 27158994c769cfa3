"""Whether an invocation was cold, by what can tell: reports, the probe, logs and metrics."""
