"""What items are given with, in every domain: a file for each kind of field."""
