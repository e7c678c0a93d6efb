import { badArgument, type HostRow, hostFunctionsOf } from './arguments.ts'
import { BY_VALUE, type Charge } from './charge.ts'
import { HostObject, type HostType, type LuaFunction, type LuaValue, type Returned, type Run, typeOf } from './value.ts'

type Body<T> = (self: T, args: readonly LuaValue[], run: Run, name: string) => Returned

/** A method that takes nothing but its object, or one that takes an argument: then with how it is charged. */
type Method<T> = Body<T> | readonly [charge: Charge, body: Body<T>]

/**
 * A kind of host objects.
 * @param methods each gets the object's value, and the arguments, of which the first is the object
 * @param operators `steps` is charged for the object by every method and operator
 */
export function hostType<T>(
  name: string,
  methods: Readonly<Record<string, Method<T>>>,
  operators: Pick<HostType<T>, 'equal' | 'less' | 'text' | 'steps'>,
): HostType<T> {
  const type: HostType<T> = { name, methods: new Map<string, LuaFunction>(), ...operators }
  const rowOf = (method: Method<T>): HostRow => {
    const [most, charge, body] = typeof method === 'function' ? [1, BY_VALUE, method] : [2, ...method]
    return [
      most,
      charge,
      (args, run, called) => {
        const self = objectArgument(args, 0, called, run, type)
        run.chargeSteps(type.steps(self))
        return body(self, args, run, called)
      },
    ]
  }
  const rows = Object.entries(methods).map(([method, body]): [string, HostRow] => [method, rowOf(body)])
  return Object.assign(type, { methods: hostFunctionsOf(Object.fromEntries(rows)) })
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
