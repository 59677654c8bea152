"""What differential privacy needs: the accountant, and noise that no floating point betrays."""
