"""Files that describe applications, read into `App`s: one format a file, references resolved, faults collected.

`load` reads one, `find` tells which one a test belongs to. Every value is plain in the end: names and ARNs that AWS
would make up follow from the naming table, so nothing has to be deployed to know them.
"""

from pytest_serverless.templates.find import find
from pytest_serverless.templates.load import load

__all__ = ["find", "load"]
