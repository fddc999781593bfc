"""What moves the answer: a patch over the face."""
