"""The browser centre: an HTTP API for a party's own officers, their sessions, a stream of news, the page's files."""
