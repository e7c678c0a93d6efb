import { formatName, parseName, parseRdataText, parseType, RCODE, ROOT } from '../dns/index.ts'
import { parseAddress } from '../net/index.ts'
import { type CheckDocument, parseStatus } from './check.ts'
import type { Expected } from './check-fields.ts'
import { type Action, type DnsAction, formatTarget, type HttpAction, type Probe } from './probe.ts'

type Probed = Exclude<CheckDocument, { kind: 'calculated' }>
type Of<K extends CheckDocument['kind']> = Extract<CheckDocument, { kind: K }>
export type Endpoint = Pick<Probe, 'host' | 'port'>

/** Returns the port of a target that names none; 0 is a check without a port. */
export function defaultPort(document: Probed): number {
  switch (document.kind) {
    case 'tcp':
    case 'udp':
    case 'grpc':
      return document.port
    case 'http':
      return document.port ?? 80
    case 'https':
    case 'tls':
      return document.port ?? 443
    case 'dns':
      return document.port ?? DNS_PORT[document.transport ?? 'udp']
    case 'exec':
      return document.port ?? 0
    case 'icmp':
    case 'push':
      return 0
  }
}

const DNS_PORT = { udp: 53, tcp: 53, http: 80, https: 443 } as const

/** Returns the request of a check to a target. @param name the check's name with its zone */
export function actionOf(document: Probed, endpoint: Endpoint, name: string): Action {
  switch (document.kind) {
    case 'tcp':
      return { kind: 'tcp', send: document.send, expect: document.expect }
    case 'tls':
      return { kind: 'tls', serverName: nameOf(document.serverName ?? endpoint.host), verify: document.verify ?? true }
    case 'push':
      return { kind: 'push', check: name }
    case 'http':
    case 'https':
      return httpAction(document, endpoint)
    case 'dns':
      return dnsAction(document, endpoint)
    case 'udp':
      return { kind: 'udp', send: document.send, expect: document.expect }
    case 'icmp':
      return { kind: 'icmp' }
    case 'grpc': {
      const { service = '', tls = false, verify = true } = document
      const host = document.host ?? hostHeader(endpoint, tls ? 443 : 80)
      const serverName = tls ? nameOf(document.serverName ?? withoutPort(host)) : undefined
      return { kind: 'grpc', service, host, tls, serverName, verify }
    }
    case 'exec':
      return {
        kind: 'exec',
        command: document.command,
        exitStatus: document.exitStatus ?? 0,
        output: document.output,
      }
  }
}

/** The order of the fields is part of a probe's identity. */
function httpAction(document: Of<'http' | 'https'>, endpoint: Endpoint): HttpAction {
  const { kind, status = 200 } = document
  const host = document.host ?? hostHeader(endpoint, DEFAULT_PORT[kind])
  const statuses = Array.isArray(status) ? status : [status]
  return {
    kind,
    method: document.method ?? 'GET',
    path: document.path ?? '/',
    host,
    headers: Object.fromEntries(Object.entries(document.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
    status: statuses.map((range) => parseStatus(range) as readonly [number, number]),
    body: document.body,
    bytes: document.bytes ?? DEFAULT_BODY_BYTES,
    userAgent: document.userAgent ?? 'edge-gslb',
    redirects: document.redirects ?? 'refuse',
    weight: document.weight,
    load: document.load,
    serverName: document.kind === 'https' ? nameOf(document.serverName ?? withoutPort(host)) : undefined,
    verify: document.kind === 'https' ? (document.verify ?? true) : true,
  }
}

const DEFAULT_PORT = { http: 80, https: 443 } as const
export const DEFAULT_BODY_BYTES = 65_536

function dnsAction(document: Of<'dns'>, endpoint: Endpoint): DnsAction {
  const { transport = 'udp', rcode = 'NOERROR', host, serverName, verify, path = '/dns-query' } = document
  const name = parseName(document.name, ROOT)
  const type = typeOf(document)
  const request = { host, path, headers: { Accept: 'application/dns-message' } }
  const via =
    transport === 'https'
      ? httpAction({ kind: 'https', ...request, serverName, verify }, endpoint)
      : transport === 'http'
        ? httpAction({ kind: 'http', ...request }, endpoint)
        : transport
  const answer = answersOf(document).map((text) => recordText(type, text) ?? text)
  return {
    kind: 'dns',
    name: name.ok ? formatName(name.value) : document.name,
    type,
    rcode: RCODE[rcode],
    ...(answer.length > 0 && { answer }),
    via,
  }
}

const answersOf = ({ answer = [] }: Of<'dns'>): readonly string[] => [answer].flat()

/** Returns the type that is asked for. The schema has refused what is none. */
function typeOf({ type = 'A' }: Of<'dns'>): number {
  const parsed = parseType(type)
  return parsed.ok ? parsed.value : 0
}

/** Returns the canonical text of a record, or undefined if it is none. */
function recordText(type: number, text: string): string | undefined {
  const rdata = parseRdataText(type, text, ROOT)
  return rdata.ok && !rdata.value.blank ? rdata.value.text : undefined
}

/** Returns the error of a DNS check whose fields contradict each other. */
export function dnsContradiction(document: Of<'dns'>): string | undefined {
  const { transport = 'udp', rcode = 'NOERROR', type = 'A' } = document
  const isHttp = transport === 'https' || transport === 'http'
  for (const field of ['path', 'host'] as const) {
    if (document[field] === undefined || isHttp) continue
    return `"${field}" belongs to DNS over HTTPS; expected "transport": "https" beside it`
  }
  for (const field of ['serverName', 'verify'] as const) {
    if (document[field] === undefined || transport === 'https') continue
    return `"${field}" belongs to TLS; expected "transport": "https" beside it`
  }
  const answers = answersOf(document)
  if (answers.length > 0 && rcode !== 'NOERROR') return `a reply ${rcode} has no "answer"; expected one of both`
  const wrong = answers.find((text) => recordText(typeOf(document), text) === undefined)
  return wrong === undefined ? undefined : `"${wrong.slice(0, 80)}" is not the data of a record of type ${type}`
}

/** Returns the text or pattern that a probe searches for. */
export function expectedBy(action: Action): Expected | undefined {
  switch (action.kind) {
    case 'tcp':
      return action.expect
    case 'udp':
      return action.expect && 'hex' in action.expect ? undefined : action.expect
    case 'http':
    case 'https':
      return action.body
    case 'exec':
      return action.output
    case 'tls':
    case 'dns':
    case 'icmp':
    case 'grpc':
    case 'push':
      return undefined
  }
}

const hostHeader = ({ host, port }: Endpoint, defaultPort: number): string =>
  port !== defaultPort ? formatTarget({ host, port }) : host.includes(':') ? `[${host}]` : host

/** Returns the name for SNI. An address is not sent (RFC 6066 §3). */
const nameOf = (host: string): string | undefined => (parseAddress(host).ok ? undefined : host.toLowerCase())

const withoutPort = (host: string): string => host.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1')
