import { prepareExpression, prepareList } from './expressions.ts'
import { setIndex } from './operators.ts'
import { Box, type Execute, type Frame, NEXT, type Scope } from './prepared.ts'
import type { Expression, Target } from './tree.ts'
import type { LuaValue } from './value.ts'

export type Assign = (frame: Frame, value: LuaValue) => void

export function prepareDeclaration(
  slots: readonly number[],
  values: readonly Expression[],
  scope: Scope,
  depth: number,
): Execute {
  const assigns = slots.map((slot) => declare(slot, scope))
  if (slots.length === 1 && values.length <= 1) {
    const evaluate = prepareExpression(values[0] ?? null, scope, depth + 1)
    const assign = assigns[0] as Assign
    return (frame) => {
      assign(frame, evaluate(frame))
      return NEXT
    }
  }
  const list = prepareList(values, scope, depth + 1)
  return (frame) => {
    const all = list(frame)
    for (let i = 0; i < assigns.length; i++) (assigns[i] as Assign)(frame, all[i])
    return NEXT
  }
}

/** A declaration makes a new variable each time that it runs. */
export function declare(slot: number, scope: Scope): Assign {
  if (scope.captured.has(slot)) {
    return (frame, value) => {
      frame.slots[slot] = new Box(value)
    }
  }
  return (frame, value) => {
    frame.slots[slot] = value
  }
}

export function prepareAssignment(
  targets: readonly Target[],
  values: readonly Expression[],
  scope: Scope,
  depth: number,
): Execute {
  const [only] = targets
  if (only && targets.length === 1 && values.length === 1) {
    return prepareSingleAssignment(only, values[0] as Expression, scope, depth)
  }
  // The operands of all targets are evaluated first, then the values; Lua assigns from the right.
  const places = targets.map((target) => preparePlace(target, scope, depth))
  const list = prepareList(values, scope, depth + 1)
  return (frame) => {
    const assigns = places.map((place) => place(frame))
    const all = list(frame)
    for (let i = assigns.length - 1; i >= 0; i--) (assigns[i] as (value: LuaValue) => void)(all[i])
    return NEXT
  }
}

function prepareSingleAssignment(target: Target, value: Expression, scope: Scope, depth: number): Execute {
  if (target[0] === 'index') {
    const object = prepareExpression(target[2], scope, depth + 1)
    const key = prepareExpression(target[3], scope, depth + 1)
    const evaluate = prepareExpression(value, scope, depth + 1)
    const site = scope.site(target[1], [target[2]])
    return (frame) => {
      const table = object(frame)
      const at = key(frame)
      setIndex(frame.run, table, at, evaluate(frame), site)
      return NEXT
    }
  }
  const assign = prepareVariable(target, scope)
  const evaluate = prepareExpression(value, scope, depth + 1)
  return (frame) => {
    assign(frame, evaluate(frame))
    return NEXT
  }
}

function preparePlace(target: Target, scope: Scope, depth: number): (frame: Frame) => (value: LuaValue) => void {
  if (target[0] !== 'index') {
    const assign = prepareVariable(target, scope)
    return (frame) => (value) => assign(frame, value)
  }
  const object = prepareExpression(target[2], scope, depth + 1)
  const key = prepareExpression(target[3], scope, depth + 1)
  const site = scope.site(target[1], [target[2]])
  return (frame) => {
    const table = object(frame)
    const at = key(frame)
    return (value) => setIndex(frame.run, table, at, value, site)
  }
}

function prepareVariable(target: Exclude<Target, readonly ['index', ...unknown[]]>, scope: Scope): Assign {
  switch (target[0]) {
    case 'local': {
      const slot = target[2]
      if (!scope.captured.has(slot)) {
        return (frame, value) => {
          frame.slots[slot] = value
        }
      }
      return (frame, value) => {
        ;(frame.slots[slot] as Box).value = value
      }
    }
    case 'upvalue': {
      const at = target[2]
      return (frame, value) => {
        ;(frame.upvalues[at] as Box).value = value
      }
    }
    case 'global': {
      const name = target[2]
      return (frame, value) => frame.run.setGlobal(name, value)
    }
  }
}
