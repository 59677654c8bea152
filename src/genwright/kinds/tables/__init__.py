"""Tables: their cells, columns, rows and rules, and how they are written."""
