"""Files that describe applications, read into `App`s: one format a file, references resolved, faults collected."""
