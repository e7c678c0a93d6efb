/** The limit on status line and headers of a reply and its interim replies. Servers allow 8 to 64 KiB themselves. */
export const MAX_HEAD_BYTES = 65_536

/** The limit on redirects. Browsers and curl follow more, but a health page that needs more is misconfigured. */
export const MAX_REDIRECTS = 5

/** The limit on a reason: vantage points store no more. */
export const MAX_REASON_CHARS = 80

/** Datagrams of others that a DNS probe ignores while it waits for its reply. */
export const MAX_STRAY_DATAGRAMS = 100
