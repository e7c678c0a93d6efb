export { type CompiledSource, type CompileOptions, compileSource, type SourceText } from './compile.ts'
export { type Diagnostic, formatDiagnostic, type Position } from './diagnostic.ts'
export { exportZone } from './export.ts'
export type { Include } from './master.ts'
