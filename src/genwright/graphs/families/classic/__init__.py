"""Methods that learned labels of nodes before graph convolution, one a file."""
