import type { BuildRequest } from '@lading/builder';

export type CommonRequest = Pick<
  BuildRequest,
  | 'labels'
  | 'annotations'
  | 'indexAnnotations'
  | 'descriptorAnnotations'
  | 'mediaTypes'
  | 'compression'
  | 'forceCompression'
  | 'formatProfile'
  | 'noCache'
  | 'workers'
>;

/** What every frontend takes. */
export function commonOf(request: BuildRequest): CommonRequest {
  const { labels, annotations, indexAnnotations, descriptorAnnotations, mediaTypes } = request;
  const { compression, forceCompression, formatProfile, noCache, workers } = request;
  return {
    ...{ labels, annotations, indexAnnotations, descriptorAnnotations, mediaTypes },
    ...{ compression, forceCompression, formatProfile, noCache, workers },
  };
}
