/**
 * Matches what may be a token: a text that looks the same in a URL, a shell and a settings file (RFC 3986 §2.3).
 * Browsers load this file, too: it imports nothing, so that their script changes with it alone.
 */
export const TOKEN = /^[A-Za-z0-9._~-]+$/
