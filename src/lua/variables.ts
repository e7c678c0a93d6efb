import type { Identifier } from 'luaparse'
import { continueAs, newVariable, type Variable } from './variable.ts'

/** The effects of a piece of code on a global, beside reading it. */
export type GlobalUse = { readonly name: string } & Pick<Variable, 'isMutable' | 'elementsMutable'> & {
    readonly isAssigned: boolean
  }

type VariableUse = { readonly variable: Variable; readonly isDefined: boolean }

/** The variables of code, by name and by use, and those of the code that it includes. */
export class Variables {
  private readonly globals = new Map<string, Variable>()
  private readonly uses = new Map<Identifier, VariableUse>()
  private scopes: Map<string, Variable>[] = []
  /** The included code, and the variables here that continue those of included code. */
  private readonly bases: Variables[] = []
  private readonly copies = new Map<Variable, Variable>()

  /** The effects on globals, without those of included code. */
  get globalUses(): readonly GlobalUse[] {
    return [...this.globals]
      .map(([name, { definitions, isMutable, elementsMutable }]) => ({
        name,
        isAssigned: definitions !== 0,
        isMutable,
        elementsMutable,
      }))
      .filter((use) => use.isAssigned || use.isMutable || use.elementsMutable)
  }

  /** True if a global is assigned somewhere. */
  isAssigned(name: string): boolean {
    return (this.known(name)?.definitions ?? 0) !== 0
  }

  // --- scopes -------------------------------------------------------------------------------------------------------

  /** Walks code that sees the local variables of a block. */
  within(walk: () => void): void {
    this.scopes.push(new Map())
    walk()
    this.scopes.pop()
  }

  /** Walks code that does not see the local variables around it. */
  apart(walk: () => void): void {
    const { scopes } = this
    this.scopes = []
    walk()
    this.scopes = scopes
  }

  introduce(name: string, depth: number): Variable {
    const variable = newVariable(depth, true)
    this.scopes.at(-1)?.set(name, variable)
    return variable
  }

  find(name: string): Variable {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]?.get(name)
      if (found) return found
    }
    const own = this.globals.get(name)
    if (own) return own
    const known = this.known(name)
    const made = newVariable(0, false)
    if (known) {
      continueAs(made, known)
      this.copies.set(known, made)
    }
    this.globals.set(name, made)
    return made
  }

  // --- uses ---------------------------------------------------------------------------------------------------------

  /** Records a use of a variable, and whether the variable has a value there. */
  use(node: Identifier, isDefined: boolean): Variable {
    const variable = this.find(node.name)
    this.uses.set(node, { variable, isDefined: isDefined && variable.definitions > 0 })
    return variable
  }

  useOf(node: Identifier): VariableUse | undefined {
    const own = this.uses.get(node)
    if (own) return own
    for (const { uses } of this.bases) {
      const found = uses.get(node)
      if (found) return { variable: this.current(found.variable), isDefined: found.isDefined }
    }
    return undefined
  }

  /** The variable here that continues one of included code. */
  readonly current = (variable: Variable): Variable => this.copies.get(variable) ?? variable

  /**
   * Adopts the analysis of included code, which then is not analysed again. Returns false if the code uses variables
   * that have a value already.
   */
  adopt(base: Variables): boolean {
    const names = this.bases.length === 0 ? this.globals.keys() : base.globals.keys()
    const shared = [...names].filter((name) => base.globals.has(name) && this.known(name))
    if (shared.some((name) => this.isAssigned(name))) return false
    for (const name of shared) {
      const variable = this.find(name)
      const later = base.globals.get(name) as Variable
      continueAs(variable, later)
      this.copies.set(later, variable)
    }
    this.bases.push(base)
    return true
  }

  /** A global that this code, or included code, uses. It must not be changed. */
  private known(name: string): Variable | undefined {
    const own = this.globals.get(name)
    if (own) return own
    for (const { globals } of this.bases) {
      const found = globals.get(name)
      if (found) return found
    }
    return undefined
  }
}
