import type { BuildRequest, FrontendRequest } from '@lading/builder';

/** What every frontend takes. */
export function commonOf(request: BuildRequest): FrontendRequest {
  const { labels, annotations, indexAnnotations, descriptorAnnotations, mediaTypes } = request;
  const { compression, forceCompression, formatProfile, noCache, workers } = request;
  return {
    ...{ labels, annotations, indexAnnotations, descriptorAnnotations, mediaTypes },
    ...{ compression, forceCompression, formatProfile, noCache, workers },
  };
}
