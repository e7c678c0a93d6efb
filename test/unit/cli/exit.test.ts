import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from './support.ts'

const BIN = join(import.meta.dirname, '../../../bin/edge-gslb.js')

/**
 * Exit statuses of errors before a command starts. "status" has 2 for the zones, and 3 if it cannot ask; "plan" has 2 for
 * changes.
 */
test.each([
  ['chekc', 2, "unknown command 'chekc'"],
  ['check', 2, "missing required argument 'path'"],
  ['check --oops x.zone', 2, "unknown option '--oops'"],
  ['agent --name agent-1', 2, 'there is no key; expected it as AGENT_KEY'],
  ['status', 3, 'there is no key; expected it as API_KEY'],
  ['status --key-file none', 3, 'none'],
  ['status --url ftp://a', 3, 'expected'],
  ['status --oops', 3, "unknown option '--oops'"],
  ['status now', 3, 'too many arguments'],
  ['status --help', 0, ''],
  ['plan --oops', 1, "unknown option '--oops'"],
  ['plan --json --markdown', 1, 'cannot be used with'],
  ['plan none', 1, 'none'],
  ['plan --help', 0, ''],
  ['--version', 0, ''],
])('edge-gslb %s: %i', (args, expected, message) => {
  const { API_KEY: _, AGENT_KEY: __, ...env } = process.env
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...args.split(' ')], {
    cwd: folderWith({}),
    env,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringContaining(message) })
})
