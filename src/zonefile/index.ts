export { type CompiledSource, type CompileOptions, compileDocument, compileSource, type SourceText } from './compile.ts'
export {
  arranged,
  type Diagnostic,
  diagnosticJson,
  type Finding,
  formatDiagnostic,
  type Position,
} from './diagnostic.ts'
export { exportZone } from './export.ts'
export { inOrder, type Slot } from './export-included.ts'
export { spelledOut } from './export-spelled.ts'
export { exportWarnings } from './export-warnings.ts'
export { fileNameOf, zoneOfFileName } from './file-name.ts'
export { type LocatedJson, readJson } from './json.ts'
export { checkGlobal } from './lua-globals.ts'
export { luaType } from './lua-record.ts'
export type { Include } from './master.ts'
export { textOfOctets } from './octets.ts'
export { splitSettings } from './settings.ts'
