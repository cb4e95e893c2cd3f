"""The report: one page that shows every model's map, plays songs, and needs nothing but itself."""
