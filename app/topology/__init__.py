"""The live picture of a student's networks, read from the engines on the student's own nodes."""
