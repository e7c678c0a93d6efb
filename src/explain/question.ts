import {
  buildQuery,
  formatName,
  type Name,
  parseName,
  parseQuery,
  parseType,
  type Question,
  ROOT,
  typeName,
} from '../dns/index.ts'
import type { Location } from '../geo/index.ts'
import { type Address, type Prefix, parseAddress, parsePrefix } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import type { ExplainQuery } from './explanation.ts'

/** A question as people write it. `place` is where the connection comes from. */
type QuestionTexts = {
  readonly name: string
  readonly type: string
  readonly client: string | undefined
  readonly ecs: string | undefined
  readonly place: Location | undefined
  readonly token?: boolean | undefined
}

/** The inputs that say who asks, as they are written where the question came from: `--client`, or `client=`. */
type QuestionSpelling = { readonly client: string; readonly ecs: string; readonly wanted: string }

/** Reads a question. An error names the input that is wrong. */
export function parseExplainQuery(
  { name, type, client, ecs, place, token }: QuestionTexts,
  spelling: QuestionSpelling,
): Result<ExplainQuery> {
  const parsedName = parseName(name, ROOT)
  if (!parsedName.ok) return parsedName
  const parsedType = parseType(type)
  if (!parsedType.ok) return parsedType
  const subnet = ecs === undefined ? ok(undefined) : parsePrefix(ecs, 'as written')
  if (!subnet.ok) return err(`${spelling.ecs}${subnet.error}`)
  const address = parseClient(client, subnet.value, spelling)
  if (!address.ok) return address
  return ok({
    ...{ name: parsedName.value, type: parsedType.value, client: address.value, ecs: subnet.value, place },
    ...(token && { token }),
  })
}

/** Returns the client's address. If none is given it is the network of the Client Subnet. */
function parseClient(client: string | undefined, ecs: Prefix | undefined, spelling: QuestionSpelling): Result<Address> {
  if (client === undefined) {
    if (ecs) return ok({ family: ecs.family, bytes: ecs.bytes })
    return err(`the answer depends on the client; expected ${spelling.wanted}`)
  }
  const address = parseAddress(client)
  return address.ok ? address : err(`${spelling.client}${address.error}`)
}

/** Makes the question of a query without a client. Throws for a name that is not valid. */
export function questionFor(name: Name, type: number): Question {
  const query = parseQuery(buildQuery({ name, type, edns: true }))
  if (!query.ok || !query.value.question) throw new Error(`${formatName(name.key)} ${typeName(type)} is no question`)
  return query.value.question
}
