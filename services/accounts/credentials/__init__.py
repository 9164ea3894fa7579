"""What a caller shows to be believed: addresses, passwords, cookies, session tokens, API keys, letter links."""
