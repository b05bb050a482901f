"""Other people's formats, at the door: each adapter turns one format into our values, or says exactly what is wrong with it."""
