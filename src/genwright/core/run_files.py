"""The names of the files that a run folder holds (see `run/folder.py`)."""

CONFIG, DOMAIN, WEIGHTS, METRICS = "config.toml", "domain.json", "weights.safetensors", "metrics.jsonl"
PREVIEWS = "previews"
