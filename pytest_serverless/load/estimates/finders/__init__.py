"""Searches for a limit: each says what to send next, is fed with what came of it, and answers or refuses to.

They send nothing themselves. The manner of all is: `while (step := finder.next()) is not None: finder.feed(...)`, and
then `finder.result`.
"""
