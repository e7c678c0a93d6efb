/** Leads the browser to a page by GET, so that a reload sends no form again. */
export const seeOther = (path: string, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(null, { status: 303, headers: { Location: path, 'Cache-Control': 'no-store', ...headers } })

/** Returns a path of the console: what a form names may come from a link that somebody else wrote. */
export const ownPath = (path: string | null): string =>
  path !== null && /^\/console([/?][\x21-\x5b\x5d-\x7e]*)?$/.test(path) ? path : '/console'
