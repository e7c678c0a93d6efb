import { unreachable } from '../result.ts'
import type { CallSite } from './call-site.ts'
import { ARITHMETIC, arithmetic, equals, isTruthy, lessOrEqual, lessThan } from './operators.ts'
import type { Evaluate } from './prepared.ts'
import type { BinaryOperator } from './tree.ts'

export function and(operands: readonly Evaluate[]): Evaluate {
  const last = operands.length - 1
  return (frame) => {
    for (let i = 0; i < last; i++) {
      const value = (operands[i] as Evaluate)(frame)
      if (!isTruthy(value)) return value
    }
    return (operands[last] as Evaluate)(frame)
  }
}

export function or(operands: readonly Evaluate[]): Evaluate {
  const last = operands.length - 1
  return (frame) => {
    for (let i = 0; i < last; i++) {
      const value = (operands[i] as Evaluate)(frame)
      if (isTruthy(value)) return value
    }
    return (operands[last] as Evaluate)(frame)
  }
}

/** Numbers take the short way; operators.ts has the rest. */
export function prepareBinary(operator: BinaryOperator, left: Evaluate, right: Evaluate, site: CallSite): Evaluate {
  switch (operator) {
    case '+':
      return (frame) => {
        const a = left(frame)
        const b = right(frame)
        if (typeof a === 'number' && typeof b === 'number') return a + b
        return arithmetic(frame.run, ARITHMETIC['+'], a, b, site)
      }
    case '-':
      return (frame) => {
        const a = left(frame)
        const b = right(frame)
        if (typeof a === 'number' && typeof b === 'number') return a - b
        return arithmetic(frame.run, ARITHMETIC['-'], a, b, site)
      }
    case '*':
      return (frame) => {
        const a = left(frame)
        const b = right(frame)
        if (typeof a === 'number' && typeof b === 'number') return a * b
        return arithmetic(frame.run, ARITHMETIC['*'], a, b, site)
      }
    case '/':
    case '%':
    case '^': {
      const kind = ARITHMETIC[operator]
      return (frame) => {
        const a = left(frame)
        return arithmetic(frame.run, kind, a, right(frame), site)
      }
    }
    case '==':
      return (frame) => {
        const a = left(frame)
        return equals(frame.run, a, right(frame), site)
      }
    case '~=':
      return (frame) => {
        const a = left(frame)
        return !equals(frame.run, a, right(frame), site)
      }
    case '<':
      return (frame) => {
        const a = left(frame)
        return lessThan(frame.run, a, right(frame), site)
      }
    case '<=':
      return (frame) => {
        const a = left(frame)
        return lessOrEqual(frame.run, a, right(frame), site)
      }
    case '>':
      return (frame) => {
        const a = left(frame)
        return lessThan(frame.run, right(frame), a, site)
      }
    case '>=':
      return (frame) => {
        const a = left(frame)
        return lessOrEqual(frame.run, right(frame), a, site)
      }
    default:
      return unreachable(operator)
  }
}
