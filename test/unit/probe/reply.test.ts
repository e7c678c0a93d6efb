import fc from 'fast-check'
import { HTTPParser } from 'http-parser-js'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Reply } from '../../../src/probe/reply.ts'
import { runCount } from '../../effort.ts'

type Read = { status: number | undefined; complete: boolean; broken: string | undefined; body: string }

/** Reads a reply from these pieces and then the end of the stream. */
function read(...pieces: string[]): Read {
  let body = ''
  const reply = new Reply('GET', (octets) => {
    body += Buffer.from(octets).toString('latin1')
  })
  for (const piece of pieces) if (!reply.broken) reply.push(Buffer.from(piece, 'latin1'))
  reply.end()
  return { status: reply.head?.status, complete: reply.complete, broken: reply.broken, body }
}

/** With these http-parser-js alone goes round in circles for ever; the third takes it seconds. */
const TRAPS = {
  'a negative chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n-6\r\nx',
  'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -40\r\n\r\nx',
  'a line of blanks': `HTTP/1.1 200 OK\r\nX: y\r\n${' '.repeat(60_000)}\r\n\r\n`,
  'a trailer of blanks': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${' '.repeat(60_000)}\r\n\r\n`,
  'a header that goes on and on': `HTTP/1.1 200 OK\r\nLocation: y${'\r\n z'.repeat(16_000)}\r\n\r\n`,
  'a trailer with a negative length':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: -9\r\n\r\nx',
}

test.each(Object.entries(TRAPS))('%s is read to its end, and never by the library’s slow way', (_, text) => {
  const slow = vi.spyOn(HTTPParser.prototype, 'parseHeader')
  onTestFinished(() => slow.mockRestore())
  expect(read(text)).toMatchObject({ status: expect.toBeOneOf([200, undefined]) })
  expect(slow).not.toHaveBeenCalled()
})

const line = fc.constantFrom(
  ...['HTTP/1.1 200 OK', 'HTTP/1.0 404', 'HTTP/1.1 100 Continue', 'HTTP/1.1 204 No', 'HTTP/2.0 200 OK', ''],
  ...['Content-Length: 3', 'Content-Length: -3', 'Content-Length: 99999999999999999999', 'Transfer-Encoding: chunked'],
  ...[
    'Connection: upgrade',
    'Upgrade: x',
    'X: y',
    ' folded',
    ':',
    'X : y',
    '\r',
    '3',
    '0',
    '-1',
    'fff;x',
    'abc',
    '0x3',
  ],
)
const reply = fc.oneof(
  fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\r\n')),
  fc.array(line, { maxLength: 12 }).map((lines) => `HTTP/1.1 200 OK\r\n${lines.join('\n')}\n`),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => `HTTP/1.1 200 OK\r\n${text}`),
)

test('the pieces of a reply do not matter', () => {
  fc.assert(
    fc.property(reply, fc.array(fc.nat(80), { maxLength: 6 }), (text, cuts) => {
      const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b)
      const pieces = at.slice(1).map((end, i) => text.slice(at[i], end))
      expect(read(...pieces)).toEqual(read(text))
    }),
    { numRuns: runCount(2000) },
  )
})

test.each<[string, string, Read]>([
  ['a body until the end', 'HTTP/1.1 200 OK\r\n\r\nok', { status: 200, complete: true, broken: undefined, body: 'ok' }],
  [
    'one reply, and no second',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n',
    { status: 200, complete: true, broken: undefined, body: 'ok' },
  ],
  [
    'a body that ends early',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok',
    { status: 200, complete: false, broken: undefined, body: 'ok' },
  ],
  [
    'a length that goes on in the next line',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\nok',
    { status: undefined, complete: false, broken: 'not HTTP: Content-Length is not a number', body: '' },
  ],
  [
    'headers that go on in the next line',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    { status: 200, complete: true, broken: undefined, body: 'ok' },
  ],
])('%s', (_, text, expected) => {
  expect(read(text)).toEqual(expected)
})
