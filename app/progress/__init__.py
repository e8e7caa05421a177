"""Progress: what each student has done, in the database."""
