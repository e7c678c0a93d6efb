import { expect, test } from 'vitest'
import { findOverride } from '../../../src/health/index.ts'

/** A target without a port is all ports of it: an override that matches nothing would be a silent mistake. */
test.each([
  ['127.0.0.4', '127.0.0.4:80', true],
  ['127.0.0.4', '127.0.0.40:80', false],
  ['127.0.0.4', '127.0.0.4', true],
  ['127.0.0.4:80', '127.0.0.4:80', true],
  ['127.0.0.4:80', '127.0.0.4:443', false],
  ['127.0.0.*', '127.0.0.4:443', true],
  ['127.0.0.?', '127.0.0.4:443', true],
  ['2001:db8::1', '[2001:db8::1]:80', true],
  ['2001:db8::1', '[2001:db8::10]:80', false],
  ['2001:db8::', '2001:db8::1', false],
  ['[2001:db8::1]:80', '[2001:db8::1]:80', true],
  ['WWW.example.com', 'www.example.com:443', true],
  ['www.example.com', 'api.example.com:443', false],
])('the override of %s and the target %s: %s', (target, subject, found) => {
  const overrides = [{ target, force: 'down', by: 'ann', why: 'test' } as const]
  expect(findOverride(overrides, { check: 'example.com/web', target: subject }, 0) !== undefined).toBe(found)
})
