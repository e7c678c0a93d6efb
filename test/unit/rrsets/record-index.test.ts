import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HeldRecord } from '../../../src/rrsets/held.ts'
import { RecordIndex } from '../../../src/rrsets/record-index.ts'

const record = (content: string): HeldRecord => ({ content, disabled: false, isWritten: true })
const keyOf = ({ content }: HeldRecord): string => content.toLowerCase()

test('an index finds what a search finds, whatever comes and goes', () => {
  const step = fc.record({ add: fc.boolean(), content: fc.constantFrom('a', 'A', 'b', 'B', 'c') })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let records: readonly HeldRecord[] = [record('a'), record('B'), record('B')]
      const index = new RecordIndex(records, keyOf)
      for (const { add, content } of steps) {
        const at = records.findIndex((one) => keyOf(one) === content.toLowerCase())
        expect(index.indexOf(content.toLowerCase())).toBe(at)
        expect(index.withContent(content)).toEqual(records.find((one) => one.content === content))
        if (add) records = index.with(record(content))
        else if (at >= 0) {
          const left = records.toSpliced(at, 1)
          records = index.without(at)
          expect(records).toEqual(left)
        }
        expect(index.isOf(records)).toBe(true)
      }
    }),
  )
})

test('a record that is not there is found missing without a look at those that are', () => {
  let looks = 0
  const records = Array.from({ length: 100 }, (_, i) => ({
    ...record(''),
    get content(): string {
      looks++
      return `r${i}`
    },
  }))
  const index = new RecordIndex(records, keyOf)
  const made = looks
  expect([index.indexOf('x'), index.withContent('x')]).toEqual([-1, undefined])
  expect(looks).toBe(made)
  expect(made).toBeLessThanOrEqual(200)
})
