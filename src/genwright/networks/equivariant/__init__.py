"""Networks over points in space that turn with them."""
