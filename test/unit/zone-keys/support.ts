import type { KeySet } from '../../../src/dnssec/index.ts'
import { changeKeys, type KeyChange, type KeyFacts } from '../../../src/zone-keys/index.ts'

export const SECRET = 'a secret of forty characters, for tests!'
export const NOW = Date.parse('2026-12-01T12:00:00Z')

export const facts = (more: Partial<KeyFacts> = {}): KeyFacts => ({
  ...{ origin: 'example.com', now: NOW, maxTtl: 300, propagation: 180, secret: SECRET, parent: undefined },
  ...more,
})

/** Makes a change that has to succeed. */
export async function changed(
  set: KeySet | undefined,
  change: KeyChange,
  more: Partial<KeyFacts> = {},
): Promise<{ readonly set: KeySet; readonly told: readonly string[]; readonly id?: number }> {
  const outcome = await changeKeys(set, change, facts(more))
  if (!outcome.ok) throw new Error(outcome.error.why)
  const { set: next, ...rest } = outcome.value
  if (!next) throw new Error('there are no keys any more')
  return { set: next, ...rest }
}
