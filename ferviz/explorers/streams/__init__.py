"""Two streams: face and voice under one cursor, what each alone and both together answer, and how they are joined."""
