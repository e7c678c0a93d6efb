import { badArgument, functionsOf, type Implementation, takingAtMost } from './arguments.ts'
import type { Run } from './run.ts'
import { HostObject, type HostType, type LuaFunction, type LuaValue, type Returned, typeOf } from './value.ts'

type Method<T> = (self: T, args: readonly LuaValue[], run: Run, name: string) => Returned

/**
 * A kind of host objects.
 * @param methods each gets the object's value, and the arguments, of which the first is the object
 * @param withArgument the methods that take one; the others take none
 */
export function hostType<T>(
  name: string,
  methods: Readonly<Record<string, Method<T>>>,
  operators: Pick<HostType<T>, 'equal' | 'less' | 'text' | 'steps'> = {},
  withArgument: readonly string[] = [],
): HostType<T> {
  const wrapped: Record<string, Implementation> = {}
  const type: HostType<T> = { name, methods: new Map<string, LuaFunction>(), ...operators }
  for (const [method, implementation] of Object.entries(methods)) {
    wrapped[method] = takingAtMost(withArgument.includes(method) ? 2 : 1, (args, run, called) => {
      const self = objectArgument(args, 0, called, run, type)
      if (type.steps) run.spend(type.steps(self))
      return implementation(self, args, run, called)
    })
  }
  return Object.assign(type, { methods: functionsOf(wrapped) })
}

/** The value of an argument that has to be an object of one kind. */
export function objectArgument<T>(args: readonly LuaValue[], at: number, name: string, run: Run, type: HostType<T>): T {
  const value = innerValue(args[at], type)
  if (value === undefined) throw badArgument(at, name, `${type.name} expected, got ${kindOf(args[at])}`, run)
  return value
}

/** The value of an object, if it is of the kind. */
export const innerValue = <T>(value: LuaValue, type: HostType<T>): T | undefined =>
  value instanceof HostObject && value.type === type ? (value.value as T) : undefined

const kindOf = (value: LuaValue): string => (value instanceof HostObject ? value.type.name : typeOf(value))
