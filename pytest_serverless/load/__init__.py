"""The load layer: when arrivals are intended, what was observed, what it means, and numbers with intervals.

All of it is pure; what sends and waits stands beside it and meets the target only over the network.
"""
