"""What the records of a run tell about the application; an audit judges records, it never invokes."""
