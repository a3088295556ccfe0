/** Before validation: no body at all is as good as an empty one. */
export async function optionalBody(request: { body: unknown }): Promise<void> {
  request.body ??= {};
}
