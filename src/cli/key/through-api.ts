import { formatScope, type ShownKey } from '../../keys/index.ts'
import { printable } from '../../printable.ts'
import { err, ok, type Result } from '../../result.ts'
import { ask, errorOf, type Reply, type Request } from '../http-client.ts'
import type { KeyList, KeyStore, NewSecret } from './key.ts'

const KEYS = '/api/v1/keys'

/** The keys of a Worker, through its API. @param secret a key that may do everything */
export function keysThroughApi(url: URL, secret: string): KeyStore {
  const where = url.origin
  const call = async (
    path: string,
    expected: number,
    request: Pick<Request, 'method' | 'body'>,
  ): Promise<Result<Reply>> => {
    const reply = await ask(new URL(path, url), { ...request, headers: { 'X-API-Key': secret } })
    if (!reply.ok) return reply
    return reply.value.status === expected ? reply : err(refusal(reply.value, where))
  }
  return {
    where,
    async create({ name, scopes, ends }) {
      const body = JSON.stringify({
        ...{ name, scopes: scopes.map(formatScope) },
        ...(ends !== undefined && { ends: new Date(ends).toISOString() }),
      })
      const reply = await call(KEYS, 201, { method: 'POST', body })
      if (!reply.ok) return reply
      return isCreated(reply.value.body) ? ok(reply.value.body) : err(strange(where))
    },
    async list() {
      const reply = await call(KEYS, 200, {})
      if (!reply.ok) return reply
      const list = listOf(reply.value.body)
      return list ? ok(list) : err(strange(where))
    },
    async revoke(id) {
      const reply = await call(`${KEYS}/${encodeURIComponent(id)}`, 204, { method: 'DELETE' })
      return reply.ok ? ok(true) : reply
    },
    close: async () => {},
  }
}

function refusal(reply: Reply, where: string): string {
  if (reply.status === 401) return `${where} rejects the key in EDGE_GSLB_KEY: ${printable(errorOf(reply))}`
  return `${where} answered with status ${reply.status}: ${printable(errorOf(reply))}`
}

const strange = (where: string): string => `${where} did not answer with keys; is it edge-gslb of this version?`

const isText = (value: unknown): value is string => typeof value === 'string'

function isShown(value: unknown): value is ShownKey {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, scopes, created, ends } = value as Readonly<Record<string, unknown>>
  const isTime = (time: unknown) => time === undefined || isText(time)
  return [id, name].every(isText) && Array.isArray(scopes) && scopes.every(isText) && isTime(created) && isTime(ends)
}

const isCreated = (value: unknown): value is NewSecret => isShown(value) && 'secret' in value && isText(value.secret)

function listOf(value: unknown): KeyList | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { keys, damaged = [] } = value as Readonly<Record<string, unknown>>
  if (!Array.isArray(keys) || !keys.every(isShown) || !Array.isArray(damaged) || !damaged.every(isText))
    return undefined
  return { keys, damaged }
}
