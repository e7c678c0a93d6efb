import type { Context } from 'hono'
import { type Name, parseName, parseType, ROOT } from '../../dns/index.ts'
import { assuming, type Partition, partition, partsText } from '../../explain/index.ts'
import { Health } from '../../health/index.ts'
import { MAX_API_PARTITION_CHARS, MAX_API_PARTITION_PREFIXES, MAX_API_PARTITION_STEPS } from '../../limits.ts'
import { formatAddress, type Prefix, parsePrefix } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiEnv } from '../access.ts'
import { jsonText, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'
import type { Served } from '../served.ts'
import { timeOf, tokenOf } from './parameter-values.ts'
import { parametersOf } from './parameters.ts'
import { type WhatIf, whatIfOf } from './what-if.ts'

const ONE = ['name', 'type', 'within', 'depth', 'at', 'token'] as const
const MANY = ['down', 'up', 'health'] as const

/** `GET /api/v1/partition`: the networks of clients by what they get, of the zones as they are served. */
export async function partitionRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-answers' })
  if (refused) return refused
  const asked = askedPartition(c.req.url)
  if (!asked.ok) return problem(400, asked.error)
  const made = await partitionFrom(c.env.served, asked.value)
  if (!made.ok) return problem(503, `${made.error}; try again`)
  const text = partitionText(made.value)
  return text.ok ? jsonText(200, text.value) : problem(422, text.error)
}

export type AskedPartition = {
  readonly name: Name
  readonly type: number
  readonly within: Prefix | undefined
  /** The longest prefix: networks of this length with several branches are told as such. */
  readonly depth: number | undefined
  readonly hasToken: boolean
  readonly whatIf: WhatIf
  /** Milliseconds since the epoch; now if it is left out. */
  readonly at: number | undefined
}

export function askedPartition(url: string): Result<AskedPartition> {
  const parameters = parametersOf(url, ONE, MANY)
  if (!parameters.ok) return parameters
  const { one, many } = parameters.value
  if (one.name === undefined) return err('the parameter "name" is missing; expected a name like www.example.com')
  const name = parseName(one.name, ROOT)
  if (!name.ok) return name
  const type = parseType(one.type ?? 'A')
  if (!type.ok) return type
  const within = one.within === undefined ? ok(undefined) : parsePrefix(one.within, 'as written')
  if (!within.ok) return err(`within: ${within.error}`)
  const depth = depthOf(one.depth)
  if (!depth.ok) return depth
  const hasToken = tokenOf(one.token)
  if (!hasToken.ok) return hasToken
  const whatIf = whatIfOf(many)
  if (!whatIf.ok) return whatIf
  const at = timeOf(one.at)
  if (!at.ok) return at
  return ok({
    ...{ name: name.value, type: type.value, within: within.value, depth: depth.value, hasToken: hasToken.value },
    ...{ whatIf: whatIf.value, at: at.value },
  })
}

function depthOf(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined)
  const depth = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  return depth <= 128 ? ok(depth) : err(`depth is "${text.slice(0, 40)}"; expected a prefix length, from 0 to 128`)
}

/** Divides the clients of a name by what the served zones answer them. */
export function partitionFrom(
  served: Served,
  { name, type, whatIf, at, ...options }: AskedPartition,
): Promise<Result<Partition>> {
  // All rounds of loading share it.
  const budget = { left: MAX_API_PARTITION_STEPS }
  return served.ask(({ zones, health, database, outside }) => {
    const then = at === undefined ? health : new Health(health.vantages, health.overrides, at, health.platform)
    const conditions = { health: assuming(then, whatIf), database, outside }
    return partition(name, type, zones, { ...conditions, ...options, most: MAX_API_PARTITION_PREFIXES, budget })
  })
}

const SMALLER = 'expected a part of the addresses, like within=10.0.0.0/8, or prefixes no longer than depth=16'
const TOO_MANY = `there are more than ${MAX_API_PARTITION_PREFIXES} networks; ${SMALLER}`

/** Returns the JSON, or what makes it too large. */
export function partitionText({ pieces, cut }: Partition): Result<string> {
  if (cut) {
    const at = formatAddress(cut.at)
    if (cut.why === 'pieces') return err(TOO_MANY)
    return err(
      cut.why === 'steps'
        ? `the networks take more than ${MAX_API_PARTITION_STEPS} steps, which led up to ${at}; ${SMALLER}`
        : `code reads all of a client's address: before ${at} each address is by itself; ${SMALLER}`,
    )
  }
  const lines: string[] = []
  let length = 0
  for (const line of partsText(pieces)) {
    length += line.length
    if (lines.push(line) > MAX_API_PARTITION_PREFIXES) {
      return err(TOO_MANY)
    }
    if (length > MAX_API_PARTITION_CHARS) {
      return err(`the networks have more than ${MAX_API_PARTITION_CHARS} characters of JSON; ${SMALLER}`)
    }
  }
  return ok(`[\n${lines.join(',\n')}\n]\n`)
}
