"""The pages that students publish, fetched out of their nodes."""
