import type { Context } from 'hono'
import { type Places, places } from '../../explain/index.ts'
import { MAX_API_PLACES_STEPS } from '../../limits.ts'
import { type Address, parseAddress } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'
import { type AskedName, askedName, healthFor, NAME_MANY, NAME_ONE } from './asked-name.ts'
import { parametersOf } from './parameters.ts'

const ONE = [...NAME_ONE, 'client'] as const

/** `GET /api/v1/places`: what a client would get anywhere in the world, of the zones as they are served. */
export async function placesRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-answers' })
  if (refused) return refused
  const asked = askedOf(c.req.url)
  if (!asked.ok) return problem(400, asked.error)
  const { name, type, client, hasToken } = asked.value
  // All rounds of loading share it.
  const budget = { left: MAX_API_PLACES_STEPS }
  const found: Result<Places | undefined> = await c.env.served.ask(({ zones, health, database, outside }) => {
    const conditions = { health: healthFor(health, asked.value), database, outside }
    return places(name, type, zones, { ...conditions, client, hasToken, budget })
  })
  if (!found.ok) return problem(503, `${found.error}; try again`)
  return found.value ? json(200, found.value) : problem(422, TOO_LONG)
}

const TOO_LONG = `the places of the name take more than ${MAX_API_PLACES_STEPS} steps; expected a name with fewer members`

/** The client where none is named: an address for documentation, which no network of a real policy has. */
const SOMEBODY = '192.0.2.1'

function askedOf(url: string): Result<AskedName & { readonly client: Address }> {
  const parameters = parametersOf(url, ONE, NAME_MANY)
  if (!parameters.ok) return parameters
  const { one, many } = parameters.value
  const asked = askedName(one, many)
  if (!asked.ok) return asked
  const client = parseAddress(one.client ?? SOMEBODY)
  return client.ok ? ok({ ...asked.value, client: client.value }) : err(`client: ${client.error}`)
}
