import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A KV request of wrangler: `GET keys`, `PUT bulk catalog`, … */
export type FakeCloudflare = {
  readonly url: string
  /** A single value may be binary. */
  readonly values: Map<string, string | Buffer>
  readonly metadata: Map<string, unknown>
  readonly requests: string[]
  /** The status for requests whose line starts with the text. */
  readonly failing: Map<string, number>
  deployed: boolean
  readonly close: () => Promise<void>
}

const NAMESPACE = '0123456789abcdef0123456789abcdef'

/**
 * The part of Cloudflare's REST API that `wrangler kv` uses, on loopback. It records the requests of `publish
 * --remote`.
 */
export async function fakeCloudflare(): Promise<FakeCloudflare> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const url = new URL(request.url ?? '', 'http://x')
    const prefix = url.searchParams.get('prefix') ?? ''
    const { status, text } = answer(request.method ?? '', decodeURIComponent(url.pathname), body, prefix)
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
  const fake: FakeCloudflare = {
    url: '',
    values: new Map(),
    metadata: new Map(),
    requests: [],
    failing: new Map(),
    deployed: true,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }

  function answer(
    method: string,
    path: string,
    body: Buffer,
    prefix: string,
  ): { status: number; text: string | Buffer } {
    const [, inNamespace] = path.split(`/storage/kv/namespaces/${NAMESPACE}/`)
    if (inNamespace === undefined) {
      if (!path.endsWith('/workers/scripts/edge-gslb/settings')) return refused(404, 7003, `no such route ${path}`)
      if (!fake.deployed) return refused(404, 10007, 'This Worker does not exist on your account.')
      return success({ bindings: [{ type: 'kv_namespace', name: 'GSLB', namespace_id: NAMESPACE }] })
    }
    const sent: unknown = path.includes('/bulk') ? JSON.parse(body.toString()) : []
    const rows = Array.isArray(sent) ? sent : (sent as { keys: string[] }).keys
    const keys = rows.map((row: unknown) => (typeof row === 'string' ? row : (row as { key: string }).key))
    const line = [method, inNamespace, ...keys].join(' ')
    fake.requests.push(line)
    for (const [start, status] of fake.failing)
      if (line.startsWith(start)) return refused(status, 10001, 'out of order')
    if (inNamespace === 'keys') {
      const found = [...fake.values.keys()].filter((name) => name.startsWith(prefix))
      return success(found.map((name) => ({ name, metadata: fake.metadata.get(name) })))
    }
    if (inNamespace === 'bulk/get') {
      return success({ values: Object.fromEntries(keys.map((key: string) => [key, fake.values.get(key) ?? null])) })
    }
    if (inNamespace.startsWith('values/')) {
      const key = inNamespace.slice('values/'.length)
      if (method === 'PUT') {
        fake.values.set(key, body)
        return success({})
      }
      const value = fake.values.get(key)
      return value === undefined ? refused(404, 10009, 'key not found') : { status: 200, text: value }
    }
    for (const row of rows as { key: string; value: string; metadata?: unknown }[]) {
      if (method === 'PUT') fake.values.set(row.key, row.value)
      if (method === 'PUT') fake.metadata.set(row.key, row.metadata)
    }
    if (method === 'DELETE') for (const key of keys) fake.values.delete(key)
    return success({})
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

const success = (result: unknown) => ({
  status: 200,
  text: JSON.stringify({ success: true, errors: [], messages: [], result }),
})

const refused = (status: number, code: number, message: string) => ({
  status,
  text: JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null }),
})
