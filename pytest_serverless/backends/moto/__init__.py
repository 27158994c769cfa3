"""All that knows moto's inside. What is assumed of it stands in `assumptions`, each with a check."""
