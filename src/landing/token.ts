import { MAX_PAGE_TOKEN_CHARS } from '../limits.ts'

/** Returns true for what may be a token: a text that looks the same in a URL, a shell and a settings file (RFC 3986 §2.3). */
export const isToken = (text: string): boolean => text.length <= MAX_PAGE_TOKEN_CHARS && /^[A-Za-z0-9._~-]+$/.test(text)
