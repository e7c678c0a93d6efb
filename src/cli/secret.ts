import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '../result.ts'
import { SENDABLE } from './http-client.ts'

/**
 * Reads a secret from the environment or a file. Never from an argument: every user of the machine can see arguments.
 * @param variable like API_KEY; @param file the value of `--key-file`
 */
export function readSecret(
  variable: string,
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Result<string> {
  if (file === undefined) {
    const value = environment[variable]?.trim()
    return value ? ok(value) : err(`there is no key; expected it as ${variable} in the environment, or --key-file FILE`)
  }
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (/[\r\n]/.test(text)) return err(`the key file ${file} has several lines; expected the key alone`)
    return text === '' ? err(`the key file ${file} is empty; expected the key in it`) : ok(text)
  } catch (error) {
    return err(`the key file ${file} cannot be read: ${(error as Error).message}`)
  }
}

/**
 * Reads a secret that is sent in a header. Refuses characters that no header can hold: line feeds, as two lines leave
 * them, zeros of UTF-16, and typographic quotes. `fetch` would say so with the key in its message.
 */
export function readKey(...args: Parameters<typeof readSecret>): Result<string> {
  const key = readSecret(...args)
  if (!key.ok || SENDABLE.test(key.value)) return key
  const [variable, file] = args
  const from = file === undefined ? variable : `the key file ${file}`
  return err(`${from} has characters that no key has, like a line feed; expected the key alone`)
}
