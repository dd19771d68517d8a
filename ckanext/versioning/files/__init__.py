"""The bytes of uploaded files: kept once under their SHA-256, beside the history."""
