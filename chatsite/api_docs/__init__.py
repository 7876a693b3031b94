"""The page with the documentation of the JSON API, made from its OpenAPI description."""
