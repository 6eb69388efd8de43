"""What runs: the application, its endpoints and what guards them."""
