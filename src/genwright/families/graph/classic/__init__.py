"""How labels of nodes were learned before graph convolution, one method a file."""
