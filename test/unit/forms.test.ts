import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The functions of src whose namesakes in both-forms.ts answer from both forms of a zone. */
const ANSWERING = /\b(answer|answerQuery|resolve|resolveQuery|outcomes|explain)\b/
const FROM_SRC = /import (?:type )?\{([^}]*)\} from '[^']*\/src\/(?:zone|explain)\/[^']*'/g

/** Files that ask stored zones alone, and that hold these names themselves. */
const HERE = [
  'test/unit/both-forms.ts',
  'test/unit/forms.test.ts',
  'test/unit/store/ask-whole.test.ts',
  'test/unit/zone/stored-fuzz.test.ts',
]
const files = ['test/unit', 'test/e2e'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => file.endsWith('.ts') && !HERE.includes(file)),
)

const takesFromSrc = (text: string): boolean =>
  [...text.matchAll(FROM_SRC)].some(([, names]) => ANSWERING.test(names as string))

test('every test answers through both-forms.ts: from zones as compiled, and as stored and read back', () => {
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => takesFromSrc(readFileSync(file, 'utf8')))).toEqual([])
})

test.each([
  ["import { answer } from '../../src/zone/index.ts'", true],
  ["import {\n  type Zone,\n  resolve,\n} from '../../../src/zone/resolve.ts'", true],
  ["import { outcomes } from './both-forms.ts'", false],
  ["import { type Answered, zoneFor } from '../../src/zone/index.ts'", false],
])('%j takes one from src: %s', (text, found) => {
  expect(takesFromSrc(text)).toBe(found)
})
