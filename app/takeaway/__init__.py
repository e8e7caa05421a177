"""What students take home: a cheat sheet of the lessons, and what they did themselves."""
