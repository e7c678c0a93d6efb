import { describe, expect, test } from 'vitest'
import type { Expression, Select } from '../../../src/policy/index.ts'
import { SELECTS } from '../../../src/policy/selects.ts'
import { chances, down, ip, pool } from './pool-support.ts'

const BACKUP = 250
const place = { latitude: 1, longitude: 1 }

/** Weights 8, 1 and 1 where the selector has weights, and half of it has to be up. */
function half(select: Select, weighted: boolean): Expression {
  const weights = weighted ? [8, 1, 1] : [undefined, undefined, undefined]
  const members = weights.map((weight, i) => ({
    ...{ answer: ip(i + 1), ...(weight && { weight }) },
    ...(select === 'nearest' && place),
  }))
  const whenDown = { answer: ip(BACKUP) }
  return { kind: 'pool', check: 'web', select, members, minLive: 0.5, whenDown } as Expression
}

// docs/health.md: minLive counts weights where weights count.
const WEIGHTED: Readonly<Record<Select, boolean>> = {
  random: false,
  all: false,
  first: false,
  weighted: true,
  'weighted-multi': true,
  grouped: true,
  'grouped-multi': true,
  hashed: false,
  'weighted-hashed': true,
  'consistent-hashed': true,
  nearest: false,
  pickclosest: false,
}

describe('minLive counts weights for every selector that has them', () => {
  test.each(SELECTS)('%s', (select) => {
    const weighted = WEIGHTED[select]
    const isBackup = (...numbers: number[]) => chances(pool(half(select, weighted)), down(...numbers)) === `${BACKUP} 1`
    expect({ 'the heavy one is down': isBackup(1), 'both light ones are down': isBackup(2, 3) }).toEqual({
      'the heavy one is down': weighted,
      'both light ones are down': !weighted,
    })
  })
})

describe('what a selector does not look at is refused', () => {
  test.each(SELECTS)('%s', (select) => {
    const isRefused = () => pool(half(select, true))
    if (WEIGHTED[select]) expect(isRefused).not.toThrow()
    else expect(isRefused).toThrow('looks at no weights')
  })
})
