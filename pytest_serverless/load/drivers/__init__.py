"""What sends: requests over connections that are kept open, never sent twice, timed to the microsecond."""
