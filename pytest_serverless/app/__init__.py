"""The application under test, as nouns: what its functions are, whoever runs them."""
