"""Drug screening: rank a library by known actives, an assay or a trained model, and say what to buy and how deep."""
