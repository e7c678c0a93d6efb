import { branchText } from '../branch.ts'
import type { Outcome } from '../plan/outcome.ts'
import type { Probed } from '../plan/side.ts'

/** The clients of a branch: what they decide, and all that they may be answered. One object for many networks. */
export type Share = { readonly branch: string; readonly outcome: Outcome }

/** Keeps one object for each share, so that equal ones are known by identity. */
export class Shares {
  /** By the choices that lead to them. */
  private readonly byPath = new Map<string, Share>()
  private readonly byText = new Map<string, Share>()

  of({ outcome, decided, isRefused, path }: Probed): Share {
    const known = path === undefined ? undefined : this.byPath.get(path)
    if (known) return known
    const branch = branchText(decided, isRefused ?? false)
    const text = JSON.stringify([branch, outcome.records, outcome.endings])
    const share = this.byText.get(text) ?? { branch, outcome }
    this.byText.set(text, share)
    if (path !== undefined) this.byPath.set(path, share)
    return share
  }
}
