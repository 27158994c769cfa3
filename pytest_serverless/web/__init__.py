"""HTTP without a socket: a request becomes a function's event, its result a response, by the rules of each gateway.

`gateway.py` is the way in: it picks the API and hands the request to one of the fronts (`front_*.py`), which all work
alike: find the route, refuse what the service would refuse, build the event, read the result.
"""
