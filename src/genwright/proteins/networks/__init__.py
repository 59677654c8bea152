"""Networks of proteins. Modules name their algorithm in the supplement of AlphaFold 2 (Jumper 2021)."""
