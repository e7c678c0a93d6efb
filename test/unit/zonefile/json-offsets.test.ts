import fc from 'fast-check'
import { type Node, parseTree } from 'jsonc-parser'
import { expect, test } from 'vitest'
import type { Path } from '../../../src/policy/index.ts'
import { countFields, JsonOffsets } from '../../../src/zonefile/json-offsets.ts'
import { runCount } from '../../effort.ts'

/** Yields every path of a tree, with the offset of the value, or of the key of an object or list. */
function* positions(node: Node, path: Path, offset: number): Generator<[Path, number]> {
  yield [path, offset]
  for (const [i, child] of (node.children ?? []).entries()) {
    if (node.type === 'array') yield* positions(child, [...path, i], child.offset)
    else {
      const [key, value] = child.children as [Node, Node]
      const isNested = value.type === 'object' || value.type === 'array'
      yield* positions(value, [...path, key.value], isNested ? key.offset : value.offset)
    }
  }
}

test('every value is where a parser of the whole text finds it', () => {
  const long = fc.dictionary(fc.string({ maxLength: 3 }), fc.constantFrom(1, 'x', null, [], {}), { minKeys: 17 })
  const value = fc.oneof(
    fc.json({ depthSize: 'medium' }).map((text) => JSON.parse(text) as unknown),
    long,
  )
  fc.assert(
    fc.property(value, fc.constantFrom('', ' ', '\n\t'), (document, indent) => {
      const text = `${indent}${JSON.stringify(document, null, indent)}${indent}`
      const root = parseTree(text) as Node
      const offsets = new JsonOffsets(text)
      let fields = 0
      for (const [path, offset] of positions(root, [], root.offset)) {
        if (typeof path.at(-1) === 'string') fields++
        expect([path, offsets.find(path)]).toEqual([path, offset])
        expect(offsets.find([...path, 'no such field', 1])).toBe(offset)
      }
      expect(countFields(text)).toBe(fields)
    }),
    { numRuns: runCount(500), seed: 5 },
  )
})

test.each([
  ['{"a":1,"a":2}', 2],
  ['{"\\":":{":":":"}}', 2],
  ['[{},[":"],"{\\"a\\":1}"]', 0],
])('%s has %i fields', (text, fields) => expect(countFields(text)).toBe(fields))
