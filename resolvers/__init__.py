"""What can be asked: each field is a permission, one verb and one wrap."""
