"""What a function calls: the mocked services, the record of every call and change, and the guard around them."""
