"""Numbers with intervals: shares, quantiles, means and comparisons, how many samples they need, and what they decide.

Everything here is a function of its arguments; the finders are machines that are fed with what was observed.
"""
