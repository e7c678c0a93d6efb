import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '../result.ts'

/** A file's text, or in one sentence why there is none and what was expected. */
export function readText(file: string): Result<string> {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (error) {
    return err(reason(error as NodeJS.ErrnoException))
  }
  try {
    return ok(UTF8.decode(bytes))
  } catch {
    const where = `line ${lineOfBad(bytes)} is the first that is not`
    return err(`the file is not UTF-8 text: ${where}; expected a zone file or JSON, in UTF-8`)
  }
}

/** Line feeds are no part of any other character, in UTF-8 or in what is mistaken for it. */
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

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such file; expected a zone file (example.com.zone) or a zone document (example.com.json)'
    case 'EISDIR':
      return 'this is a folder; expected a file in it'
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read; expected one with read permission'
    default:
      return `the file cannot be read: ${error.message}`
  }
}
