import type { IdMapping } from '../engine/engine.ts';

export type AgentRequest =
  | {
      readonly verb: 'unpack';
      readonly directory: string;
      readonly below: readonly string[];
      readonly mapping: IdMapping;
    }
  | { readonly verb: 'scan' | 'clamp'; readonly directory: string; readonly epoch: number }
  | { readonly verb: 'remove'; readonly directory: string; readonly patterns: readonly string[] };

export function isAgentRequest(value: unknown): value is AgentRequest {
  return typeof value === 'object' && value !== null && 'verb' in value && 'directory' in value;
}
