import type { Name } from '../dns/index.ts'
import { mentionedIn, type Tree } from '../lua-vm/index.ts'
import type { Expression, ScriptExpression } from '../policy/index.ts'
import { isHealthFunction, isKnownBy } from '../powerdns/index.ts'
import { ExplorationBudget, explore } from './explore.ts'
import type { Explored } from './explore-health.ts'
import type { LuaBackup } from './fold-context.ts'

type Script = ScriptExpression<Expression>

/** The health calls of the scripts of one zone. Thousands of records with the same code are explored once. */
export class Exploration {
  private readonly backup: LuaBackup | undefined
  private readonly zone: Name | undefined
  private readonly included: (name: string) => readonly Script[]
  private readonly data: (name: Name, type: number) => readonly string[] | undefined
  private readonly budget = new ExplorationBudget()
  private readonly known = new Map<string, Explored>()
  private readonly named = new WeakMap<Script, ReadonlySet<string>>()

  constructor(
    backup?: LuaBackup,
    zone?: Name,
    included: (name: string) => readonly Script[] = () => [],
    data: (name: Name, type: number) => readonly string[] | undefined = () => undefined,
  ) {
    this.backup = backup
    this.zone = zone
    this.included = included
    this.data = data
  }

  /** Returns undefined for a script that makes none when it runs. */
  healthCallsOf(script: Script, owner: Name | undefined): Explored | undefined {
    const names = this.codesOf(script).flatMap((code) => [...this.globalsOf(code)])
    if (!names.some(isHealthFunction)) return undefined
    // Scripts that read the queried name are explored for each owner.
    const usesName = names.some((name) => isKnownBy('name', name) && !isKnownBy('nothing', name))
    const key = usesName ? `${owner?.key} ${script.code}` : script.code
    const known = this.known.get(key)
    if (known) return known
    const { backup, zone, included, data } = this
    const made = explore({ script, included, asked: { owner, zone, data }, backup }, this.budget)
    this.known.set(key, made)
    return made
  }

  /** The script, and all that it includes. */
  private codesOf(script: Script): readonly Script[] {
    const codes = new Set([script])
    // The loop also visits codes that are added during it.
    for (const { includes = [] } of codes)
      for (const name of includes) for (const code of this.included(name)) codes.add(code)
    return [...codes]
  }

  private globalsOf(script: Script): ReadonlySet<string> {
    const known = this.named.get(script) ?? mentionedIn(script.tree as Tree).globals
    this.named.set(script, known)
    return known
  }
}
