/** The colours of the pages: those of the reader's system, or the ones that somebody chose. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const COOKIE = 'edge_gslb_theme'

export const themeIn = (cookies: ReadonlyMap<string, readonly string[]>): Theme =>
  THEMES.find((theme) => theme === cookies.get(COOKIE)?.[0]) ?? 'system'

/** Returns the cookie that keeps a theme for a year. It is no secret, and no script reads it. */
export const themeCookie = (theme: Theme): string =>
  `${COOKIE}=${theme}; Path=/console; Max-Age=${theme === 'system' ? 0 : 31_536_000}; SameSite=Strict; HttpOnly`
