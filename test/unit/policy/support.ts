import { parseName, parseRdataText, TYPE } from '../../../src/dns/index.ts'
import { type Checks, compileCheck, type Health, NO_HEALTH } from '../../../src/health/index.ts'
import {
  type CompileContext,
  compile,
  type Decision,
  type Expression,
  evaluate,
  type Input,
  type Issue,
  type Policy,
  type PolicyStep,
  type Rng,
  Work,
  zoneBudget,
} from '../../../src/policy/index.ts'
import { compileScript } from '../../../src/powerdns/index.ts'
import { err, ok } from '../../../src/result.ts'
import { address, must, seeded } from '../support.ts'

const ORIGIN = must(parseName('example.com.'))

/** Compiles scripts as those of a record of one type, which include nothing. */
const scriptsOf =
  (type: number): CompileContext['script'] =>
  (expression, path, context) =>
    compileScript(expression, path, context, {
      record: { type, zone: ORIGIN, owner: must(parseName('www', ORIGIN)) },
      included: () => undefined,
    })

/** Compiles an expression as the records of one type, with all that is wrong with it. */
export function compiled(
  expression: Expression,
  type: number = TYPE.A,
  checks: Checks['named'] = {},
): { policy: Policy; issues: readonly Issue[] } {
  const issues: Issue[] = []
  const rdata = (text: string) => {
    const parsed = parseRdataText(type, text, ORIGIN)
    return parsed.ok ? ok(parsed.value) : err(parsed.error.message)
  }
  const check = (...[reference, own, target]: Parameters<CompileContext['check']>) =>
    compileCheck(reference, own, target, { zone: 'example.com', named: checks, stale: { after: 900, policy: 'keep' } })
  const owner = 'www.example.com/A'
  const policy = compile(expression, ['answer'], {
    rdata,
    owner,
    check,
    target: ({ text }) => text,
    script: scriptsOf(type),
    budget: zoneBudget(),
    issues,
  })
  return { policy, issues }
}

export function policyOf(expression: Expression, type: number = TYPE.A, checks: Checks['named'] = {}): Policy {
  const { policy, issues } = compiled(expression, type, checks)
  if (issues.length > 0) throw new Error(JSON.stringify(issues))
  return policy
}

/** A decision, and the reasons for it. */
export type Traced = Decision & { readonly trace: readonly PolicyStep[] }

export function traced(policy: Policy, input: Input): Traced {
  const trace: PolicyStep[] = []
  return { ...evaluate(policy, input, trace), trace }
}

export function decide(
  policy: Policy,
  client = '192.0.2.1',
  random: Rng = seeded(1),
  name = 'www.example.com.',
  health: Health = NO_HEALTH,
): Traced {
  const input = { client: address(client), health, random, work: new Work(), name: must(parseName(name)).key }
  return traced(policy, input)
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
