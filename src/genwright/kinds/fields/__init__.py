"""Fields (the conditions of items) in every domain: a file for each kind of field."""
