"""The points mall: goods, what is sold of them, orders and how they reach their buyers."""
