import type { HttpAction } from '../health/index.ts'

/** Returns the headers of a request: those of the check, and default headers that it does not replace. */
export function headersOf({ method, host, userAgent, headers }: HttpAction, use: 'for a socket' | 'for fetch') {
  const configured = Object.entries(headers)
  const names = new Set(configured.map(([name]) => name.toLowerCase()))
  const defaults = [
    ...(use === 'for a socket' ? [['Host', host]] : []),
    ...(userAgent === '' ? [] : [['User-Agent', userAgent]]),
    ['Accept', '*/*'],
    ...(use === 'for a socket' ? [['Connection', 'close']] : []),
    ...(use === 'for a socket' && method === 'POST' ? [['Content-Length', '0']] : []),
  ] as [string, string][]
  return [...defaults.filter(([name]) => !names.has(name.toLowerCase())), ...configured]
}

/** Returns the octets of a request, or undefined if the name of a header is not valid. */
export function formatRequest(action: HttpAction): Uint8Array | undefined {
  const headers = headersOf(action, 'for a socket')
  if (!headers.every(([name]) => TOKEN.test(name))) return undefined
  const lines = [`${action.method} ${action.path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`)
}

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Moves a Host header among the check's headers to `host`: it counts instead of the default. */
export function withOneHost(action: HttpAction): HttpAction {
  const configured = Object.entries(action.headers)
  const isHost = ([name]: readonly [string, string]) => name.toLowerCase() === 'host'
  const host = configured.find(isHost)?.[1] ?? action.host
  return { ...action, host, headers: Object.fromEntries(configured.filter((header) => !isHost(header))) }
}
