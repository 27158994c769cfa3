"""What a run is sent to: an address, a deployed stack, or an application on the local platform."""
