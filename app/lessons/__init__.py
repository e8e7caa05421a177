"""Lessons: from a folder of Markdown to the steps, checks and quizzes of a page."""
