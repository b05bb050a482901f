"""Where and when: positions, altitudes with their reference, intervals, volumes, distances on WGS84."""
