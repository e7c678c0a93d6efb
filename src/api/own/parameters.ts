import { oneOf } from '../../did-you-mean.ts'
import { MAX_API_PARAMETERS } from '../../limits.ts'
import { err, ok, type Result } from '../../result.ts'

/** The parameters of a URL: those that occur once, and those that may be repeated, in order. */
export type Parameters<One extends string, Many extends string> = {
  readonly one: Readonly<Partial<Record<One, string>>>
  readonly many: Readonly<Record<Many, readonly string[]>>
}

/**
 * Reads the parameters of a URL. An empty one counts as left out; an unknown one is an error, since it may be a slip.
 * @param one the names of those that may be there once
 * @param many the names of those that may be repeated
 */
export function parametersOf<One extends string, Many extends string = never>(
  url: string,
  one: readonly One[],
  many: readonly Many[] = [],
): Result<Parameters<One, Many>> {
  const single: Partial<Record<One, string>> = {}
  const several = Object.fromEntries(many.map((name) => [name, [] as string[]])) as Record<Many, string[]>
  let count = 0
  for (const [name, value] of new URL(url).searchParams) {
    if (++count > MAX_API_PARAMETERS) {
      return err(`the URL has more than ${MAX_API_PARAMETERS} parameters; expected fewer`)
    }
    if (isOf(many, name)) {
      if (value !== '') several[name].push(value)
    } else if (!isOf(one, name)) {
      return err(`there is no parameter "${name.slice(0, 40)}"; expected ${oneOf(name, [...one, ...many], quoted)}`)
    } else if (single[name] !== undefined) {
      return err(`the parameter "${name}" is there twice; expected it once`)
    } else if (value !== '') single[name] = value
  }
  return ok({ one: single, many: several })
}

const isOf = <Name extends string>(names: readonly Name[], name: string): name is Name =>
  (names as readonly string[]).includes(name)

const quoted = (name: string): string => `"${name}"`
