import type { HttpAction } from '../health/index.ts'

/** The headers of a request: those given, and ours where none of that name is given. Names as they are written. */
export function headersOf({ method, host, userAgent, headers }: HttpAction, own: 'for a socket' | 'for fetch') {
  const given = Object.entries(headers)
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  const ours = [
    ...(own === 'for a socket' ? [['Host', host]] : []),
    ...(userAgent === '' ? [] : [['User-Agent', userAgent]]),
    ['Accept', '*/*'],
    ...(own === 'for a socket' ? [['Connection', 'close']] : []),
    ...(own === 'for a socket' && method === 'POST' ? [['Content-Length', '0']] : []),
  ] as [string, string][]
  return [...ours.filter(([name]) => !names.has(name.toLowerCase())), ...given]
}

/** The octets of a request, or undefined where a header has a name that would break it. */
export function formatRequest(action: HttpAction): Uint8Array | undefined {
  const headers = headersOf(action, 'for a socket')
  if (!headers.every(([name]) => TOKEN.test(name))) return undefined
  const lines = [`${action.method} ${action.path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`)
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** A Host header among those given is the one that counts; then it is `host`, and no longer among the others. */
export function withOneHost(action: HttpAction): HttpAction {
  const given = Object.entries(action.headers)
  const isHost = ([name]: readonly [string, string]) => name.toLowerCase() === 'host'
  const host = given.find(isHost)?.[1] ?? action.host
  return { ...action, host, headers: Object.fromEntries(given.filter((header) => !isHost(header))) }
}
