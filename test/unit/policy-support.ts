import { parseName, parseRdataText, TYPE } from '../../src/dns/index.ts'
import {
  compile,
  type Decision,
  type Expression,
  evaluate,
  type Issue,
  type Policy,
  type Rng,
} from '../../src/policy/index.ts'
import { err, ok } from '../../src/result.ts'
import { address, must, seeded } from './support.ts'

const ORIGIN = must(parseName('example.com.'))

/** Compiles an expression as the records of one type, with all that is wrong with it. */
export function compiled(expression: Expression, type: number = TYPE.A): { policy: Policy; issues: readonly Issue[] } {
  const issues: Issue[] = []
  const rdata = (text: string) => {
    const parsed = parseRdataText(type, text, ORIGIN)
    return parsed.ok ? ok(parsed.value) : err(parsed.error.message)
  }
  const policy = compile(expression, ['answer'], { rdata, issues })
  return { policy, issues }
}

export function policyOf(expression: Expression, type: number = TYPE.A): Policy {
  const { policy, issues } = compiled(expression, type)
  if (issues.length > 0) throw new Error(JSON.stringify(issues))
  return policy
}

export function decide(
  policy: Policy,
  client = '192.0.2.1',
  random: Rng = seeded(1),
  name = 'www.example.com.',
): Decision {
  return evaluate(policy, { client: address(client), random, name: must(parseName(name)).key })
}

export const texts = (decision: Decision): string[] => decision.rdatas.map((rdata) => rdata.text)

/** The one record that the client gets. */
export function pick(policy: Policy, client: string, name?: string): string {
  const picked = texts(decide(policy, client, seeded(1), name))
  if (picked.length !== 1) throw new Error(`picked ${picked.length} records`)
  return picked[0] as string
}

/** Some addresses in 10.0.0.0/8, each another one. */
export const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`)
