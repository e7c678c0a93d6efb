import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runMain } from './run-main.ts'
import { folderWith } from './support.ts'

const BIN = join(import.meta.dirname, '../../../bin/edge-gslb.js')

/**
 * Exit statuses of errors before a command starts. "status" has 2 for the zones, and 3 if it cannot ask; "plan" has 2 for
 * changes.
 */
test.each([
  ['check', 2, "missing required argument 'path'"],
  ['check --oops x.zone', 2, "unknown option '--oops'"],
  ['agent --name agent-1', 2, 'there is no key; expected it as AGENT_KEY'],
  ['status', 3, 'there is no key; expected it as API_KEY'],
  ['status --to http://127.0.0.1:9', 3, 'there is no key; expected it as EDGE_GSLB_KEY'],
  ['status --key-file none', 3, 'none'],
  ['status --url ftp://a', 3, 'expected'],
  ['status now', 3, 'too many arguments'],
  ['status --help', 0, ''],
  ['plan --oops', 1, "unknown option '--oops'"],
  ['plan --json --markdown', 1, 'cannot be used with'],
  ['plan none', 1, 'none'],
  ['plan --help', 0, ''],
  ['history example.com', 2, 'or --to http://127.0.0.1:8787 while npm start runs'],
  ['publish --to https://a.example', 2, 'there is no key; expected it as EDGE_GSLB_KEY'],
  ['publish --to http://a.example --key-file key', 2, 'would send the key where anybody on the path can read it'],
  ['publish --to https://a.example --remote', 2, 'cannot be used with'],
  ['publish --reason why', 2, 'expected it with --to'],
  ['plan --to http://a.example', 1, 'would send the key where anybody on the path can read it'],
  ['status --to http://a.example', 3, 'would send the key where anybody on the path can read it'],
  ['explain a --at 2026-11-22T18:00:00Z', 2, 'expected --client'],
])('edge-gslb %s: %i', async (args, expected, message) => {
  expect(await runMain(args.split(' '), folderWith({}))).toEqual({
    status: expected,
    stderr: expect.stringContaining(message),
  })
})

test.each([
  ['chekc', 2, "unknown command 'chekc'"],
  ['status --oops', 3, "unknown option '--oops'"],
  ['--version', 0, ''],
])('edge-gslb %s, as a process: %i', (args, expected, message) => {
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...args.split(' ')], {
    cwd: folderWith({}),
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: expected, stderr: expect.stringContaining(message) })
})
