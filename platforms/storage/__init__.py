"""Where pictures and documents are kept: a folder, or a bucket."""
