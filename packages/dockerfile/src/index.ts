export type { Comment } from './comment.ts';
export type { Directives, Dockerfile, Stage, Warning } from './dockerfile.ts';
export { errorAt, excerptAt } from './error-at.ts';
export { type Environment, type ExpandOptions, expand, expandHeredoc, expandWords } from './expand.ts';
export type { Heredoc } from './heredoc.ts';
export { type IgnoreFile, type IgnoreOptions, ignorePatterns, parseIgnore } from './ignore-file.ts';
export type {
  AddInstruction,
  ArgInstruction,
  CmdInstruction,
  CommandForm,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  FileTransferParts,
  FromInstruction,
  HealthcheckInstruction,
  Instruction,
  InstructionParts,
  Keyword,
  LabelInstruction,
  MaintainerInstruction,
  NameValue,
  OnbuildInstruction,
  RunInstruction,
  ShellInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from './instruction.ts';
export { csvFields } from './internal/csv-fields.ts';
export { applyFixes } from './lint/apply-fixes.ts';
export { type CheckOptions, parseCheck } from './lint/check-options.ts';
export { type Edit, type Finding, type Fix, type Level, levels, reaches } from './lint/finding.ts';
export type { LintPlatform } from './lint/global-args.ts';
export { checkOptionsOf, type LintOptions, lintDockerfile } from './lint/lint-dockerfile.ts';
export type { Rule } from './lint/rule.ts';
export { isSecretName } from './lint/rules/secrets.ts';
export { rules } from './lint/rules.ts';
export { type BaseConfig, externalBases, type Knowledge } from './lint/subject.ts';
export { compilePattern, hasWildcards, type MatchOptions, matchPattern, type PathPattern } from './match-pattern.ts';
export { type Mount, type MountSharing, type MountType, parseMount } from './mount.ts';
export { type ParseOptions, parseDockerfile } from './parse-dockerfile.ts';
export { parseInstruction } from './parse-instruction.ts';
export { parsePorts } from './port.ts';
export type { Position, Span, Word } from './span.ts';
export { stageIndex } from './stage-index.ts';
export { detectSyntax, type Syntax } from './syntax.ts';
