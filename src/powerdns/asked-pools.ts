import {
  type AskedCheck,
  type CheckReference,
  compileCheck,
  type PatternSize,
  type StalePolicy,
} from '../health/index.ts'
import { MAX_ASKED_CALL_CHARS, MAX_ASKED_POOLS_CHARS } from '../limits.ts'
import { type CompileContext, compile, type Expression, type Policy, zoneBudget } from '../policy/index.ts'
import { err, ok, type Result } from '../result.ts'
import { luaText, targetOfText } from './lua-text.ts'

/** Makes the pools that only queries can know, and the sizes of the patterns in their checks. */
export type HealthCalls = {
  /**
   * Makes the answer of a call of a health function.
   * @param args as `argumentsText` writes them
   * @param backup the lists that a backup selects from
   */
  readonly answer: (call: string, args: string, backup: 'first list' | 'all lists') => Result<Expression>
  readonly patternSize: PatternSize
}

/** The calling script: its rrset, by which overrides name its pools, and the lists that its backups select from. */
type Caller = { readonly name: string; readonly asks: true | 'all lists' | undefined }

/** A pool that only a query could know, and the checks that it needs. */
type AskedPool = { readonly policy: Policy; readonly checks: readonly AskedCheck[] }

/**
 * Caches the last pools that queries of a zone have needed. The same code makes them as when a zone is compiled, so
 * that their checks have the same names and identities.
 */
export class AskedPools {
  private readonly healthCalls: HealthCalls
  private readonly zone: string
  private readonly stale: StalePolicy
  private readonly pools = new Map<string, Result<AskedPool>>()
  private chars = 0

  /** @param zone its origin, as checks name it */
  constructor(healthCalls: HealthCalls, zone: string, stale: StalePolicy) {
    this.healthCalls = healthCalls
    this.zone = zone
    this.stale = stale
  }

  /** Returns the pool if it is cached. */
  find(script: Caller, call: string, args: string): Result<AskedPool> | undefined {
    const key = keyOf(script, call, args)
    const known = this.pools.get(key)
    if (!known) return undefined
    // A map keeps the order of insertion: the pool that was used last moves to the end.
    this.pools.delete(key)
    this.pools.set(key, known)
    return known
  }

  make(script: Caller, call: string, args: string): Result<AskedPool> {
    if (args.length > MAX_ASKED_CALL_CHARS)
      return err(`the arguments are too long; expected at most ${MAX_ASKED_CALL_CHARS} characters`)
    const made = this.compiled(script, call, args)
    const key = keyOf(script, call, args)
    this.pools.set(key, made)
    this.chars += key.length
    for (const oldest of this.pools.keys()) {
      if (this.chars <= MAX_ASKED_POOLS_CHARS) break
      this.pools.delete(oldest)
      this.chars -= oldest.length
    }
    return made
  }

  private compiled(script: Caller, call: string, args: string): Result<AskedPool> {
    const { answer, patternSize } = this.healthCalls
    const expression = answer(call, args, script.asks === 'all lists' ? script.asks : 'first list')
    if (!expression.ok) return expression
    const checks: AskedCheck[] = []
    const { zone, stale } = this
    const context: CompileContext = {
      rdata: luaText,
      owner: script.name,
      check: (reference: CheckReference, own, target) => {
        const condition = compileCheck(reference, own, target, { zone, named: {}, stale, patternSize })
        const probed = target ?? own
        if (condition.ok && typeof reference === 'object' && probed !== undefined)
          checks.push({ zone, check: reference, target: probed })
        return condition
      },
      target: targetOfText,
      script: (_, path) => {
        context.issues.push({ path, message: 'a script inside a call of a script; expected none' })
        return { kind: 'values', rdatas: [] }
      },
      budget: zoneBudget(),
      issues: [],
    }
    const policy = compile(expression.value, [], context)
    const [issue] = context.issues
    return issue ? err(issue.message) : ok({ policy, checks })
  }
}

const keyOf = ({ name }: Caller, call: string, args: string): string => `${name} ${call} ${args}`
