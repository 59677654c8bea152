"""Networks that give users and items vectors whose products rank."""
