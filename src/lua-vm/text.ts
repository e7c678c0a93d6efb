import { formatNumber } from './number.ts'
import { HostObject, type LuaValue, type Run, typeOf } from './value.ts'

/** Charges an operator for a host object. */
export function spendOn({ type, value }: HostObject, run: Run): void {
  run.chargeSteps(type.steps(value))
}

/** `tostring` without metatables. Objects have no addresses here: they are numbered in the order they are printed. */
export function textOf(value: LuaValue, run: Run): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return formatNumber(value)
    case 'undefined':
      return 'nil'
    case 'boolean':
      return String(value)
    default: {
      if (value instanceof HostObject && value.type.text) {
        spendOn(value, run)
        return value.type.text(value.value, run)
      }
      return `${typeOf(value)}: 0x${run.identityOf(value).toString(16).padStart(8, '0')}`
    }
  }
}
