import type { Distribution, ImagePackage } from '@lading/facts';
import type { AdvisorySample } from '../../../testing/memory-advisories.ts';
import { samplePackage } from '../../../testing/sample-facts.ts';

/** Whether an installed package has a vulnerability, as somebody who knows both would say. */
export interface Label {
  readonly distribution?: Distribution | undefined;
  readonly package: ImagePackage;
  /** Others in the same image that matter to the case. */
  readonly beside?: readonly ImagePackage[] | undefined;
  readonly vulnerability: string;
  readonly expected: boolean;
  readonly reason: string;
}

/** Cases about one thing, with the advisories that decide them. */
export interface LabelGroup {
  readonly advisories: readonly AdvisorySample[];
  readonly labels: readonly Label[];
}

type Extra = Partial<ImagePackage>;
type PackageMaker = (name: string, version: string, extra?: Extra) => ImagePackage;

/** A package of one type, found in an image. */
export const of =
  (type: ImagePackage['type']): PackageMaker =>
  (name, version, extra = {}) =>
    samplePackage({ type, name, version, ...extra });
export const deb: PackageMaker = of('deb');
export const apk: PackageMaker = of('apk');
export const rpm: PackageMaker = of('rpm');
export const npm: PackageMaker = of('npm');
export const pypi: PackageMaker = of('pypi');
export const go: PackageMaker = of('golang');
export const maven: PackageMaker = of('maven');
/** The source package that it was built of. */
export const from = (name: string, version: string): Extra => ({ source: { name, version } });

type Labeller = (
  vulnerability: string,
  found: ImagePackage,
  reason: string,
  more?: Pick<Label, 'distribution' | 'beside'>,
) => Label;

const has =
  (expected: boolean): Labeller =>
  (vulnerability, found, reason, more = {}) => ({ vulnerability, package: found, reason, expected, ...more });
export const yes: Labeller = has(true);
export const no: Labeller = has(false);
