/**
 * Of what is learnt from layers. Whoever changes what catalogers, secret rules or checks find in the same bytes raises it: kept facts of
 * other versions are made again.
 */
export const factsVersion = 2;
