"""One handler, one call, in this process: `engine.py` runs it, a `Runtime` per provider knows the wire in and out."""
