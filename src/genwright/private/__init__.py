"""Tables whose rows differential privacy protects."""
