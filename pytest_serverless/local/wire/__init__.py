"""HTTP/1.1 as a server speaks it: what the Runtime API, the Invoke API and the gateways are served by."""
