import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, temporaryFolder } from './processes.ts'
import { pathOf } from './tools.ts'

/**
 * Asks with BIND's delv, which validates by itself.
 * @param anchor the data of a DNSKEY record, or of a DS record in `DS TAG ALGORITHM DIGESTTYPE DIGEST`
 * @returns what it prints: `; fully validated` before an answer, `; negative response, fully validated` before a denial
 */
export async function delv(port: number, anchor: string, name: string, type: string, options: readonly string[] = []) {
  const folder = temporaryFolder()
  try {
    const file = join(folder.path, 'anchors')
    const origin = originOf(name)
    const fields = anchor.split(' ')
    const isDs = fields[0] === 'DS'
    const [first, ...rest] = isDs ? fields.slice(1) : fields
    const kind = isDs ? 'static-ds' : 'static-key'
    const numbers = [first, ...rest.slice(0, 2)].join(' ')
    writeFileSync(file, `trust-anchors { ${origin}. ${kind} ${numbers} "${rest.slice(2).join('')}"; };\n`)
    const args = ['@127.0.0.1', '-p', `${port}`, '-a', file, `+root=${origin}`, ...options, name, type]
    const { stdout, stderr } = await run(pathOf('delv') ?? 'delv', args)
    return `${stdout}${stderr}`
  } finally {
    folder.remove()
  }
}

/** The zones of the tests have two labels. */
const originOf = (name: string): string => name.replace(/\.$/, '').split('.').slice(-2).join('.')
