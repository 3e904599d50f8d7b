"""Who is called: from the instruction at which a frame stands to the object that Python calls there."""
