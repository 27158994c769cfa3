"""What a change leads to, as pure functions: who is called with what, and what becomes of it."""
