"""The made-up account: who is in it, what they did, and how CloudTrail would have written that down."""
