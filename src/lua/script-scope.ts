import type { Block, FunctionNode } from '../lua-vm/index.ts'

/** The target of a name in a function: one of its own slots, or one of its upvalues. */
export type Variable = { readonly of: 'local' | 'upvalue'; readonly index: number }

/** The variables of one function while it is translated. */
export class FunctionScope {
  private readonly outer: FunctionScope | undefined
  private readonly locals: string[] = []
  private readonly captured = new Set<number>()
  private readonly upvalues: [name: string, of: 'local' | 'upvalue', index: number][] = []
  private readonly upvalueOf = new Map<string, number>()
  /** The variables that are visible, in the order of declaration: the last of a name counts. */
  private readonly order: { readonly name: string; readonly slot: number }[] = []

  /** The labels of the blocks around, the innermost last, and how many there are in all. */
  private readonly labels: ReadonlyMap<string, number>[] = []
  private labelCount = 0

  constructor(outer: FunctionScope | undefined) {
    this.outer = outer
  }

  /** True for a function in the code, false for the code itself. */
  get isInside(): boolean {
    return this.outer !== undefined
  }

  get visible(): number {
    return this.order.length
  }

  add(name: string): number {
    const slot = this.locals.push(name) - 1
    this.order.push({ name, slot })
    return slot
  }

  /** Translates code with variables of its own, which end with it. */
  nested<T>(translate: () => T): T {
    const before = this.order.length
    const result = translate()
    this.order.length = before
    return result
  }

  /** Translates the statements of a block. All of them see its labels. */
  labelled<T>(names: readonly string[], translate: () => T): T {
    this.labels.push(new Map(names.map((name) => [name, this.labelCount++])))
    const result = translate()
    this.labels.pop()
    return result
  }

  /** The number of a label. The parser has checked that it exists. */
  label(name: string): number {
    return this.labels.findLast((labels) => labels.has(name))?.get(name) as number
  }

  /** Finds a local variable, or one of a function around; undefined for a global. */
  find(name: string): Variable | undefined {
    const own = this.slotOf(name)
    if (own !== undefined) return { of: 'local', index: own }
    const outer = this.outer?.find(name)
    if (!outer) return undefined
    if (outer.of === 'local') this.outer?.captured.add(outer.index)
    // The function around may have had several variables of this name.
    const key = `${outer.of} ${outer.index}`
    let index = this.upvalueOf.get(key)
    if (index === undefined) {
      index = this.upvalues.push([name, outer.of, outer.index]) - 1
      this.upvalueOf.set(key, index)
    }
    return { of: 'upvalue', index }
  }

  finish(parameters: number, vararg: boolean, body: Block): FunctionNode {
    const { locals, upvalues } = this
    return { parameters, vararg, locals, captured: [...this.captured], upvalues, body }
  }

  private slotOf(name: string): number | undefined {
    for (let i = this.order.length - 1; i >= 0; i--) if (this.order[i]?.name === name) return this.order[i]?.slot
    return undefined
  }
}
