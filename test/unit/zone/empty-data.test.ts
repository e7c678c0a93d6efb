import { expect, test } from 'vitest'
import { answer } from '../both-forms.ts'
import { contextOf, queryOf, zoneOf } from '../support.ts'

test.each([
  ['TYPE65280', '\\# 0'],
  ['APL', '\\# 0'],
  ['NULL', '\\# 0'],
])('a record of type %s without data is served, from zones as compiled and as stored', (type, text) => {
  const zone = zoneOf({ '@': { NS: 'ns' }, empty: { [type]: text } })
  const answered = answer(queryOf('empty.example.com.', type), contextOf([zone]))
  expect(answered).toMatchObject({ response: { rcode: 0, answer: [{ rdatas: [{ bytes: new Uint8Array(0) }] }] } })
})
