"""The desk in the browser: lists in, the register, previews and packages, movements, the ladder; for officers of it."""
