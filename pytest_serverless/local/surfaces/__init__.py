"""What a client sees of the local platform: the Invoke API, HTTP gateways, and what it tells about itself."""
