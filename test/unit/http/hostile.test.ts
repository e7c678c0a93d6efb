import { describe, expect, test } from 'vitest'
import { readBody } from '../../../src/http/body.ts'
import { KnownAddresses } from '../../../src/http/known-addresses.ts'
import { MAX_KNOWN_ADDRESSES } from '../../../src/limits.ts'
import { formatAddress } from '../../../src/net/index.ts'

describe('the address that a header names', () => {
  test.each(['x', '', '1.2.3', '1.2.3.4, 5.6.7.8', '192.0.2.1'.repeat(10_000), 'x'.repeat(100_000), '::1%eth0'])(
    'a text that is not an address is not remembered',
    (text) => {
      const known = new KnownAddresses()
      for (let i = 0; i < 10; i++) expect(formatAddress(known.read(text + (text && i)))).toBe('0.0.0.0')
      expect(known.size).toBe(0)
    },
  )
  test('addresses are remembered up to a number', () => {
    const known = new KnownAddresses()
    for (let i = 0; i < 3 * MAX_KNOWN_ADDRESSES; i++) {
      const text = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
      expect(formatAddress(known.read(text))).toBe(text)
      expect(known.size).toBeLessThanOrEqual(MAX_KNOWN_ADDRESSES)
    }
  })
})

describe('a body', () => {
  const chunk = new Uint8Array(10)
  const streamed = (chunks: number, end: 'whole' | 'broken', headers = {}) => {
    let left = chunks
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk)
        else if (end === 'whole') controller.close()
        else controller.error(new Error('Network connection lost.'))
      },
    })
    return new Request('https://gslb.test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
  }
  test.each<[string, Request, object]>([
    ['whole', streamed(3, 'whole'), { ok: true, value: new Uint8Array(30) }],
    ['empty', streamed(0, 'whole'), { ok: true, value: new Uint8Array(0) }],
    ['as long as allowed', streamed(10, 'whole'), { ok: true, value: new Uint8Array(100) }],
    ['as long as it says', streamed(3, 'whole', { 'content-length': '30' }), { ok: true, value: new Uint8Array(30) }],
    ['longer, though it says nothing', streamed(11, 'whole'), { ok: false, error: 'too long' }],
    ['longer than it says', streamed(1000, 'whole', { 'content-length': '5' }), { ok: false, error: 'too long' }],
    [
      'a length that is not a number',
      streamed(1000, 'whole', { 'content-length': 'x' }),
      { ok: false, error: 'too long' },
    ],
    ['announced as too long', streamed(0, 'whole', { 'content-length': '101' }), { ok: false, error: 'too long' }],
    ['broken at once', streamed(0, 'broken'), { ok: false, error: 'broken' }],
    ['broken later', streamed(3, 'broken', { 'content-length': '90' }), { ok: false, error: 'broken' }],
    ['none', new Request('https://gslb.test/', { method: 'POST' }), { ok: true, value: new Uint8Array(0) }],
  ])('%s', async (_what, request, expected) => expect(await readBody(request, 100)).toEqual(expected))
})
