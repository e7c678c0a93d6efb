import type { Context } from 'hono'
import { createKey, FIRST_KEY, firstKey, listKeys, parseNewKey, revokeKey, shownKey } from '../../keys/index.ts'
import { MAX_KEY_BODY_BYTES } from '../../limits.ts'
import type { KeyedEnv } from '../access.ts'
import { readText } from '../bodies.ts'
import { json, noContent, problem } from '../replies.ts'

export async function listAll({ env }: Context<KeyedEnv>): Promise<Response> {
  const { keys, damaged } = await listKeys(env.keys)
  const first = env.apiKey === undefined ? [] : [firstKey]
  return json(200, { keys: [...first, ...keys].map(shownKey), ...(damaged.length > 0 && { damaged }) })
}

export async function create(c: Context<KeyedEnv>): Promise<Response> {
  const text = await readText(c, MAX_KEY_BODY_BYTES)
  if (text instanceof Response) return text
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch (error) {
    const why = (error as Error).message
    return problem(
      400,
      `the body is not JSON: ${why}; expected one like {"name": "ci", "scopes": ["zone:example.com"]}`,
    )
  }
  const now = Date.now()
  const wanted = parseNewKey(input, now)
  if (!wanted.ok) return problem(422, wanted.error)
  const created = await createKey(c.env.keys, wanted.value, now, (octets) => crypto.getRandomValues(octets))
  if (!created.ok) return problem(409, created.error.why)
  const { key, secret } = created.value
  return json(201, { ...shownKey(key), secret }, { Location: `/api/v1/keys/${key.id}` })
}

export async function revoke(c: Context<KeyedEnv>): Promise<Response> {
  const id = c.req.param('id') ?? ''
  if (id === FIRST_KEY && c.env.apiKey !== undefined)
    return problem(409, 'API_KEY is a secret of the Worker; expected "npx wrangler secret delete API_KEY"')
  return (await revokeKey(c.env.keys, id))
    ? noContent()
    : problem(404, 'there is no key with this id; expected one of GET /api/v1/keys')
}
