"""What a host adds: loading behind the page, and the GPU functions of Spaces."""
