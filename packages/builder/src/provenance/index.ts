export { type Attested, attachProvenance, type ProvenanceMode } from './attach-provenance.ts';
export { buildpacksBuild } from './buildpacks-build.ts';
export { dockerfileBuild, dockerfileBuildType } from './dockerfile-build.ts';
export { findProvenance } from './find-provenance.ts';
export { rebaseBuild, saysLinksHold } from './rebase-build.ts';
export { recipeBuild } from './recipe-build.ts';
export type { BuildDefinition, BuildMetadata, Provenance, ResourceDescriptor, Statement } from './statement.ts';
