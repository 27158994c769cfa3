"""What users write: journeys, the scenarios that they are part of, and the data that these are fed with."""
