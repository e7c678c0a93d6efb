import type { Context } from 'hono'
import {
  assuming,
  branchOf,
  type Explanation,
  explain,
  type PublicRings,
  parseExplainQuery,
  publicRings,
  zonesOf,
} from '../../explain/index.ts'
import { toLocation } from '../../geo/index.ts'
import { Health } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiEnv } from '../access.ts'
import { json, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'
import { timeOf, tokenOf } from './parameter-values.ts'
import { parametersOf } from './parameters.ts'
import { whatIfOf } from './what-if.ts'

const ONE = ['name', 'type', 'client', 'ecs', 'country', 'at', 'token'] as const
const MANY = ['down', 'up', 'health'] as const

/** `GET /api/v1/explain`: the JSON of `explain --json`, of the zones as they are served, with the present health. */
export async function explainRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-answers' })
  if (refused) return refused
  const asked = questionOf(c.req.url)
  if (!asked.ok) return problem(400, asked.error)
  const { question, whatIf, at } = asked.value
  const { served } = c.env
  const explained = (rings?: PublicRings): Promise<Result<Explanation>> =>
    served.ask(({ zones, health, database, outside }) => {
      const then = at === undefined ? health : new Health(health.vantages, health.overrides, at, health.platform)
      const supposed = assuming(then, whatIf)
      const explanation = explain(question, zones, Math.random, supposed, database, outside, rings)
      return { ...explanation, branch: branchOf(question, { zones, health: supposed, database, outside }) }
    })
  const unsigned = await explained()
  const sets = unsigned.ok ? await served.keySets(zonesOf(unsigned.value)) : []
  const whole = sets.length > 0 ? await explained(await publicRings(sets)) : unsigned
  return whole.ok ? json(200, whole.value) : problem(503, `${whole.error}; try again`)
}

function questionOf(url: string) {
  const parameters = parametersOf(url, ONE, MANY)
  if (!parameters.ok) return parameters
  const { one, many } = parameters.value
  const { name, type = 'A', client, ecs } = one
  if (name === undefined) return err('the parameter "name" is missing; expected a name like www.example.com')
  const place = one.country === undefined ? ok(undefined) : placeOf(one.country)
  if (!place.ok) return place
  const token = tokenOf(one.token)
  if (!token.ok) return token
  const question = parseExplainQuery({ name, type, client, ecs, place: place.value, token: token.value }, SPELLING)
  if (!question.ok) return question
  const whatIf = whatIfOf(many)
  if (!whatIf.ok) return whatIf
  const at = timeOf(one.at)
  return at.ok ? ok({ question: question.value, whatIf: whatIf.value, at: at.value }) : at
}

const SPELLING = { client: 'client: ', ecs: 'ecs: ', wanted: 'client=192.0.2.1, or ecs=192.0.2.0/24' } as const

/** Returns the place of a connection from a country. */
function placeOf(country: string) {
  const place = toLocation({ country })
  return place.country === undefined
    ? err(`"${country.slice(0, 40)}" is not a country; expected a code like DE`)
    : ok(place)
}
