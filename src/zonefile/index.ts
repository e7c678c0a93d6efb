export { type CompiledSource, type CompileOptions, compileSource } from './compile.ts'
export { type Diagnostic, diagnosticJson, formatDiagnostic, type Position, printable } from './diagnostic.ts'
export { exportZone } from './export.ts'
export type { Include } from './master.ts'
