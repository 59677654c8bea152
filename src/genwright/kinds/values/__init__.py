"""What a cell means: numbers, words for missing, labels, and how a column wrote them. Every reader asks here."""
