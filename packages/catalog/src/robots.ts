import type { Actor } from './ledger/actor.ts';

/** What a robot may do: actions on repositories by pattern, in the words of the access control. */
export interface RobotGrant {
  readonly repositories: string;
  readonly actions: readonly string[];
}

/** An account for a program. */
export interface RobotRecord {
  readonly name: string;
  readonly description?: string | undefined;
  readonly grants: readonly RobotGrant[];
  readonly expiresAt?: Date | undefined;
  readonly disabled: boolean;
  readonly createdAt: Date;
  /** The name of the actor. */
  readonly createdBy?: string | undefined;
  /** Latest first: one, and while a rotation overlaps those before it. */
  readonly secrets: readonly RobotSecret[];
}

/** A secret is kept as a digest of itself; it is long and random, so that nobody finds it by trying. */
export interface RobotSecret {
  readonly id: string;
  readonly createdAt: Date;
  /** It was replaced, and is honoured until then. */
  readonly endsAt?: Date | undefined;
}

/** A secret as it is given to be kept. */
export interface NewSecret {
  readonly id: string;
  readonly hash: string;
}

export interface NewRobot extends Pick<RobotRecord, 'name' | 'description' | 'grants' | 'expiresAt'> {
  readonly secret: NewSecret;
}

/** Robot accounts. Every change is in the journal. */
export interface Robots {
  /** Undefined when there is one of that name. */
  create(robot: NewRobot, by?: Actor): Promise<RobotRecord | undefined>;
  get(name: string): Promise<RobotRecord | undefined>;
  /** In byte order of their names. */
  list(): AsyncIterable<RobotRecord>;
  /** A new secret beside the one before, which is honoured until `previousUntil`. Undefined when there is no such robot. */
  rotate(name: string, secret: NewSecret, previousUntil: Date, by?: Actor): Promise<RobotRecord | undefined>;
  /** Undefined when there is no such robot. */
  disable(name: string, disabled: boolean, by?: Actor): Promise<RobotRecord | undefined>;
  /** False when there is no such robot. */
  delete(name: string, by?: Actor): Promise<boolean>;
  /** Whose secret has that id, whether or not it is still honoured. */
  bySecret(id: string): Promise<{ readonly robot: RobotRecord; readonly hash: string } | undefined>;
}

/** What the journal keeps of them. */
export type RobotEntry =
  | {
      readonly kind: 'robot.created';
      readonly name: string;
      readonly description?: string | undefined;
      readonly grants: readonly RobotGrant[];
      readonly expiresAt?: string | undefined;
      readonly secret: { readonly id: string; readonly hash: string };
    }
  | {
      readonly kind: 'robot.rotated';
      readonly name: string;
      readonly secret: { readonly id: string; readonly hash: string };
      readonly previousUntil: string;
    }
  | { readonly kind: 'robot.disabled'; readonly name: string }
  | { readonly kind: 'robot.enabled'; readonly name: string }
  | { readonly kind: 'robot.deleted'; readonly name: string };
