"""Other people's formats, at the door: each adapter turns one into our values, or says exactly what is wrong."""
