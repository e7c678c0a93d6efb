import type { Context } from 'hono'
import { type Partition, partition, partsText } from '../../explain/index.ts'
import { MAX_API_PARTITION_CHARS, MAX_API_PARTITION_PREFIXES, MAX_API_PARTITION_STEPS } from '../../limits.ts'
import { formatAddress, type Prefix, parsePrefix } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ApiEnv } from '../access.ts'
import { jsonText, problem } from '../replies.ts'
import { forbidden } from '../requests.ts'
import type { Served } from '../served.ts'
import { type AskedName, askedName, healthFor, NAME_MANY, NAME_ONE } from './asked-name.ts'
import { parametersOf } from './parameters.ts'

const ONE = [...NAME_ONE, 'within', 'depth'] as const

/** `GET /api/v1/partition`: the networks of clients by what they get, of the zones as they are served. */
export async function partitionRoute(c: Context<ApiEnv>): Promise<Response> {
  const refused = forbidden(c, { kind: 'read-answers' })
  if (refused) return refused
  const asked = askedOf(c.req.url)
  if (!asked.ok) return problem(400, asked.error)
  const made = await partitionFrom(c.env.served, asked.value)
  if (!made.ok) return problem(503, `${made.error}; try again`)
  const text = partitionText(made.value)
  return text.ok ? jsonText(200, text.value) : problem(422, text.error)
}

type Asked = AskedName & {
  readonly within: Prefix | undefined
  /** The longest prefix: networks of this length with several branches are told as such. */
  readonly depth: number | undefined
}

function askedOf(url: string): Result<Asked> {
  const parameters = parametersOf(url, ONE, NAME_MANY)
  if (!parameters.ok) return parameters
  const { one, many } = parameters.value
  const asked = askedName(one, many)
  if (!asked.ok) return asked
  const within = one.within === undefined ? ok(undefined) : parsePrefix(one.within, 'as written')
  if (!within.ok) return err(`within: ${within.error}`)
  const depth = depthOf(one.depth)
  return depth.ok ? ok({ ...asked.value, within: within.value, depth: depth.value }) : depth
}

function depthOf(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined)
  const depth = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  return depth <= 128 ? ok(depth) : err(`depth is "${text.slice(0, 40)}"; expected a prefix length, from 0 to 128`)
}

/** Divides the clients of a name by what the served zones answer them. */
function partitionFrom(served: Served, asked: Asked): Promise<Result<Partition>> {
  const { name, type, within, depth, hasToken } = asked
  // All rounds of loading share it.
  const budget = { left: MAX_API_PARTITION_STEPS }
  return served.ask(({ zones, health, database, outside }) => {
    const conditions = { health: healthFor(health, asked), database, outside }
    return partition(name, type, zones, {
      ...conditions,
      ...{ within, depth, hasToken, most: MAX_API_PARTITION_PREFIXES, budget },
    })
  })
}

const SMALLER = 'expected a part of the addresses, like within=10.0.0.0/8, or prefixes no longer than depth=16'
const TOO_MANY = `there are more than ${MAX_API_PARTITION_PREFIXES} networks; ${SMALLER}`

/** Returns the JSON, or what makes it too large. */
function partitionText({ pieces, cut }: Partition): Result<string> {
  if (cut) {
    const at = formatAddress(cut.at)
    if (cut.why === 'spans') return err(TOO_MANY)
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
