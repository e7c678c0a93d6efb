import {
  array,
  boolean,
  gtValue,
  integer,
  literal,
  maxValue,
  minLength,
  minValue,
  number,
  optional,
  pipe,
  string,
  union,
  unknown,
} from 'valibot'
import { object, record, word } from '../schema.ts'
import * as alternatives from './alternatives-schema.ts'
import * as fields from './fields.ts'

/**
 * The parts of the schemas of kinds. They are passed in, because a query needs the file of a kind, and no schema: a
 * bundler that splits code takes files whole.
 */
export const BUILDERS = {
  /** The library's own. A namespace as a value would bring all of it into the bundle. */
  v: {
    ...{ array, boolean, gtValue, integer, literal, maxValue, minLength, minValue },
    ...{ number, optional, pipe, string, union, unknown },
  },
  ...{ object, record, word },
  ...fields,
  ...alternatives,
}

export type Builders = typeof BUILDERS
