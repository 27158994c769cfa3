"""Circles in what needs what: no order would deploy them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["circles"]


def circles(edges: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield each circle once, as its members in order; what was walked is not walked again."""
    done: set[str] = set()
    for start in edges:
        if start not in done:
            yield from _walk(start, edges, done)


def _walk(start: str, edges: Mapping[str, set[str]], done: set[str]) -> Iterator[list[str]]:
    """Go depth first, without recursion: a template may chain hundreds."""
    path = [start]
    position = {start: 0}
    ahead = [iter(sorted(edges.get(start, ())))]
    while path:
        follower = next(ahead[-1], None)
        if follower is None:
            ahead.pop()
            last = path.pop()
            del position[last]
            done.add(last)
        elif follower in position:
            yield path[position[follower] :]
        elif follower not in done:
            position[follower] = len(path)
            path.append(follower)
            ahead.append(iter(sorted(edges.get(follower, ()))))
