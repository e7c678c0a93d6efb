import { LOADERS } from './files.ts'

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=UTF-8',
  js: 'text/javascript; charset=UTF-8',
  svg: 'image/svg+xml',
}

const HEADERS = {
  'Cache-Control': 'public, max-age=31536000, immutable',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

/** Returns what answers with the file at a path; undefined if there is none. The text is loaded at its first use. */
export function fileAt(path: string): (() => Promise<Response>) | undefined {
  const load = LOADERS.get(path)
  if (!load) return undefined
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)] as string
  return async () => new Response((await load()).default, { headers: { ...HEADERS, 'Content-Type': type } })
}
