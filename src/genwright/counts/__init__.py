"""Counts: items that are many small whole numbers, such as the genes of a cell or the words of a document."""
