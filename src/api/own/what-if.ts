import type { WhatIf } from '../../explain/index.ts'
import { MAX_EXPECTED_CHARS, MAX_EXPECTED_STATES } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'

/** Supposed states as a request writes them: globs, and a glob with its state behind the last `=`. */
type SupposedTexts = {
  readonly down: readonly string[]
  readonly up: readonly string[]
  readonly health?: readonly string[]
}

/** Reads supposed states: `down=web/192.0.2.1`, or `health=web/192.0.2.1=down`. */
export function whatIfOf({ down, up, health = [] }: SupposedTexts): Result<WhatIf> {
  const whatIf = { down: [...down], up: [...up] }
  for (const text of health) {
    const equals = text.lastIndexOf('=')
    const [glob, state] = [text.slice(0, Math.max(0, equals)), text.slice(equals + 1)]
    if (glob === '' || (state !== 'up' && state !== 'down')) {
      return err(`"${text.slice(0, 80)}" is no supposed state; expected one like web/192.0.2.1=down`)
    }
    whatIf[state].push(glob)
  }
  const globs = [...whatIf.down, ...whatIf.up]
  if (globs.length > MAX_EXPECTED_STATES) {
    return err(`there are ${globs.length} supposed states; expected at most ${MAX_EXPECTED_STATES}`)
  }
  const long = globs.find((glob) => glob.length > MAX_EXPECTED_CHARS)
  if (long === undefined) return ok(whatIf)
  return err(`a supposed state has ${long.length} characters; expected at most ${MAX_EXPECTED_CHARS}`)
}
