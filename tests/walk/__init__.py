"""Every page of the product in one table, and a world in which each of them has something to show."""
