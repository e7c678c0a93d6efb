import { expect, test } from 'vitest'
import { fieldsIn, overrideIn } from '../../../src/console/model/override-form.ts'
import { must } from '../support.ts'
import { NOW } from './support.ts'

const fields = (given: Record<string, string>) =>
  fieldsIn(new URLSearchParams({ force: 'down', by: 'ops', why: 'disk', ...given }))

test('fields that are empty are left out, and others are trimmed', () => {
  expect(must(overrideIn(fields({ target: ' 192.0.2.1 ', check: '' }), NOW))).toEqual({
    ...{ target: '192.0.2.1', force: 'down', by: 'ops', why: 'disk' },
  })
})

test.each([
  ['2h', '2026-12-01T14:00:00.000Z'],
  ['1d12h', '2026-12-03T00:00:00.000Z'],
  ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
])('until %s is %s', (until, at) => {
  expect(must(overrideIn(fields({ until }), NOW)).until).toBe(at)
})

test.each(['soon', '-2h', '2020-01-01T00:00:00Z', '<b>'])('until %j is refused', (until) => {
  expect(overrideIn(fields({ until }), NOW)).toEqual({ ok: false, error: expect.stringMatching(/expected/) })
})

test('a weight stands with weight alone, and is a whole number', () => {
  expect(must(overrideIn(fields({ force: 'weight', weight: '50' }), NOW)).weight).toBe(50)
  expect(must(overrideIn(fields({ weight: '50' }), NOW))).not.toHaveProperty('weight')
  expect(overrideIn(fields({ force: 'weight', weight: '1.5' }), NOW).ok).toBe(false)
})
