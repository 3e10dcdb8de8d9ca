"""Engines that fold a trail: the table of CloudTrail as Athena has it, in DuckDB."""
