"""The packet lens: sends a packet in a student's node, and tells its way or why it stopped."""
