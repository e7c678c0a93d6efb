import type { Choice, ChoiceInput } from './kind.ts'

/** A choice by a hash of the client's address, which is made while a pool or a shift is resolved, and never stored. */
export interface ByClient<P> {
  readonly kind: 'by-client'
  readonly members: readonly P[]
  /** The same choice over all clients, as a draw. */
  readonly over: P
  choose(input: ChoiceInput): Choice<P>
}
