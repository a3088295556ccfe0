import { Type } from 'typebox';
import { problemType } from './problem.ts';

/** How every refusal of the API reads, for its description. */
export const problemResponse: object = {
  description: 'Refused',
  content: {
    [problemType]: {
      schema: Type.Object({
        title: Type.String({ examples: ['Not Found'] }),
        status: Type.Integer({ examples: [404] }),
        detail: Type.String({ examples: ['There is no repository team/app'] }),
        code: Type.String({ examples: ['NAME_UNKNOWN'] }),
        hint: Type.Optional(Type.String({ description: 'What to do about it' })),
        details: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: true })),
      }),
    },
  },
};
