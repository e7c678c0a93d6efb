/** The status line and headers of a reply, with the interim replies before it; servers themselves allow 8 to 64 KiB. */
export const MAX_HEAD_BYTES = 65_536

/** What a TCP check reads while it looks for what it expects. */
export const MAX_CONVERSATION_BYTES = 65_536

/** Browsers and curl follow more; a health page that needs them is set up wrong. */
export const MAX_REDIRECTS = 5

/** Vantage points keep no more of a reason. */
export const MAX_REASON_CHARS = 80

/** Octets over which a pattern is tried in one TCP check: it is tried anew whenever more has arrived. */
export const MAX_TRIED_BYTES = 4_194_304
