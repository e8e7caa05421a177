# The check library of the browser tests' own course; its steps need none.
