//! IAM's resource and action patterns: `*`, `?` and literals.
