"""HTTP beside Reflex: headers, routes and proxies."""
