"""How the site presents itself: its name, picture, accent colour, welcome text and links."""
