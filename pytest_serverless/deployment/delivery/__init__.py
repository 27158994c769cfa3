"""What an application's services deliver: changes in, invocations out, in virtual time.

Each module is one service's way of delivering; what it decides is decided in `triggers`, what it sends goes by the
service's own API, so that the next one sees it.
"""
