import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { MAX_SOURCE_BYTES } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'
import { textOfOctets } from '../../zonefile/index.ts'

/**
 * Returns a file's text, or an error that says what was expected. Zone files are octets; JSON is UTF-8 (RFC 8259 §8.1).
 * @param expected names the file that should be there
 */
export function readText(file: string, expected = A_ZONE): Result<string> {
  const read = readOctets(file, expected)
  if (!read.ok) return read
  const bytes = read.value
  if (isUtf16(bytes)) return err('the file is UTF-16 text; expected UTF-8')
  if (!/\.json$/i.test(file)) return ok(textOfOctets(bytes))
  try {
    return ok(UTF8.decode(bytes))
  } catch {
    return err(`the file is not UTF-8 text: line ${lineOfBad(bytes)} is the first that is not; expected JSON, in UTF-8`)
  }
}

/** Reads a regular file. A FIFO or device may block its reader for ever, so it is opened non-blocking and refused. */
function readOctets(file: string, expected: string): Result<Uint8Array> {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, STANDARD_INPUT.test(file) ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(descriptor)
    if (stat.isDirectory()) return err('this is a folder; expected a file in it')
    if (!stat.isFile() && !STANDARD_INPUT.test(file)) return err('this is not a regular file; expected one')
    return upToCap(descriptor, stat.size)
  } catch (error) {
    return err(reason(error as NodeJS.ErrnoException, expected))
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Matches the shell's pipes, which a user names on purpose: `… | edge-gslb check /dev/stdin`. */
const STANDARD_INPUT = /^\/dev\/(stdin|fd\/\d+)$/

/** Counts the octets that it reads, since a file may grow meanwhile. */
function upToCap(descriptor: number, size: number): Result<Uint8Array> {
  let buffer = new Uint8Array(Math.min(size, MAX_SOURCE_BYTES) + 1)
  let length = 0
  for (;;) {
    const octets = readSync(descriptor, buffer, length, buffer.length - length, null)
    if (octets === 0) return ok(buffer.subarray(0, length))
    length += octets
    if (length > MAX_SOURCE_BYTES) return err(`the file is too large; expected at most ${MAX_SOURCE_BYTES} octets`)
    if (length < buffer.length) continue
    const larger = new Uint8Array(2 * buffer.length + 65_536)
    larger.set(buffer)
    buffer = larger
  }
}

/** The byte order marks of UTF-16, which some Windows editors write. */
const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** Returns the first line that is not UTF-8. An octet of value 10 is a line feed in every supported encoding. */
function lineOfBad(bytes: Uint8Array): number {
  let line = 1
  for (let at = 0; at < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, at)
    const end = feed < 0 ? bytes.length : feed
    try {
      UTF8.decode(bytes.subarray(at, end))
    } catch {
      return line
    }
    at = end + 1
  }
  return line
}

const LINE_FEED = 0x0a
const UTF8 = new TextDecoder('utf-8', { fatal: true })

const A_ZONE = 'a zone file (example.com.zone) or a zone document (example.com.json)'

function reason(error: NodeJS.ErrnoException, expected: string): string {
  switch (error.code) {
    case 'ENOENT':
      return `there is no such file; expected ${expected}`
    case 'EISDIR':
      return 'this is a folder; expected a file in it'
    case 'ENXIO':
    case 'ENODEV':
      return 'this is not a regular file; expected one'
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read; expected one with read permission'
    default:
      return `the file cannot be read: ${error.message}`
  }
}
