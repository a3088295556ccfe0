import { Type } from 'typebox';
import { problemType } from './problem.ts';

const Problem = Type.Object({
  title: Type.String({ examples: ['Not Found'] }),
  status: Type.Integer({ examples: [404] }),
  detail: Type.String({ examples: ['There is no repository team/app'] }),
  code: Type.String({ examples: ['NAME_UNKNOWN'] }),
  hint: Type.Optional(Type.String({ description: 'What to do about it' })),
  details: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: true })),
});

/** How every refusal and failure of the API reads, for its description. */
export function problemResponse(description: string): object {
  return { description, content: { [problemType]: { schema: Problem } } };
}
