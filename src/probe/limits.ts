/** The status line and headers of a reply, with the interim replies before it; servers themselves allow 8 to 64 KiB. */
export const MAX_HEAD_BYTES = 65_536

/** Browsers and curl follow more; a health page that needs them is set up wrong. */
export const MAX_REDIRECTS = 5

/** Vantage points keep no more of a reason. */
export const MAX_REASON_CHARS = 80
