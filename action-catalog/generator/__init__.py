"""The rooms of the catalog's generator; `action-catalog/generate` is the door."""
