import { pause } from '../eventually.ts'
import type { Server } from './server.ts'

/** An rrset as PowerDNS's API shows it. */
export type Rrset = {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly records: readonly { readonly content: string; readonly disabled: boolean }[]
  readonly comments: readonly { readonly content: string; readonly account: string; readonly modified_at: number }[]
}

export type ShownZone = {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly account: string
  readonly serial: number
  readonly rrsets: readonly Rrset[]
}

/** A reply of the API. `body` is read as JSON if it is JSON. */
export type Reply = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** The key that may do everything, in these tests. */
export const API_KEY = 'the-key-of-the-end-to-end-tests'

/** `npm start` wants a zone file. The tests of the API make their own zones. */
export const ONE_ZONE = { 'file.example.zone': '$TTL 60\n@ IN SOA ns root 1 2 3 4 5\n@ IN NS ns.example.net.\n' }

/** PowerDNS's API and our own, by one key. */
export class ApiClient {
  private readonly url: string
  private readonly key: string

  constructor({ url }: Pick<Server, 'url'>, key = API_KEY) {
    this.url = url
    this.key = key
  }

  /**
   * @param path from the root; `Z` stands for PowerDNS's zones
   * @param body a text is sent as it is, all else as JSON
   */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const sent = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${this.url}${path.replace(/^Z/, ZONES)}`, {
      method,
      headers: { 'X-API-Key': this.key, ...headers },
      ...(body !== undefined && { body: sent }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
    const { status, headers: received } = response
    return { status, headers: received, text, body: isJson ? (JSON.parse(text) as unknown) : undefined }
  }

  /** As `call`, for a reply that has to have a status. */
  async must(status: number, ...request: Parameters<ApiClient['call']>): Promise<Reply> {
    const reply = await this.call(...request)
    if (reply.status === status) return reply
    const [method, path, body] = request
    const sent = (typeof body === 'string' ? body : (JSON.stringify(body) ?? '')).slice(0, 500)
    throw new Error(`${method} ${path} ${sent}: ${reply.status} in place of ${status}: ${reply.text.slice(0, 500)}`)
  }

  /** @param zone its name, with the final dot */
  async zone(zone: string): Promise<ShownZone> {
    return (await this.must(200, 'GET', `Z/${zone}`)).body as ShownZone
  }

  async create(zone: string, more: object = {}): Promise<ShownZone> {
    const body = { name: zone, kind: 'Native', nameservers: [`ns1.${zone}`], ...more }
    return (await this.must(201, 'POST', 'Z', body)).body as ShownZone
  }

  patch(zone: string, ...rrsets: readonly object[]): Promise<Reply> {
    return this.must(204, 'PATCH', `Z/${zone}`, { rrsets })
  }

  /** Makes a key with these scopes, and returns its secret. */
  async makeKey(name: string, ...scopes: readonly string[]): Promise<string> {
    const { body } = await this.must(201, 'POST', '/api/v1/keys', { name, scopes })
    return (body as { readonly secret: string }).secret
  }
}

const ZONES = '/api/v1/servers/localhost/zones'

/** An rrset to write. */
export const replace = (name: string, type: string, ttl: number, ...contents: readonly string[]) => ({
  ...{ name, type, ttl, changetype: 'REPLACE' },
  records: contents.map((content) => ({ content, disabled: false })),
})

/** The rrsets of a zone but its SOA, whose serial follows each change, as lines in order of text. */
export const linesOf = ({ rrsets }: ShownZone): string[] =>
  rrsets
    .filter(({ type }) => type !== 'SOA')
    .flatMap(({ name, type, ttl, records }) =>
      records.map(({ content, disabled }) => `${name} ${ttl} ${type} ${content}${disabled ? ' (disabled)' : ''}`),
    )
    .sort()

/** Waits until a change is in answers, for half a minute and more. A slow machine does not fail it. */
export async function soon<T>(check: () => T | Promise<T>): Promise<T> {
  for (let look = 1; ; look++) {
    try {
      return await check()
    } catch (error) {
      if (look === LOOKS) throw error
    }
    await pause(PAUSE_MS)
  }
}

const PAUSE_MS = 50
const LOOKS = 600
