"""What a call does beside its frames: warnings that it gives, threads and processes that it starts."""
