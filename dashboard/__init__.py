"""The application: one folder per area of the product."""
