"""One function per write. Doors call these and nothing else to change anything."""
