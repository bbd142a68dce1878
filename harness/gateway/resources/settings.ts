/**
 * What programs may ask for beside a model: kinds of resources, each a folder, a port, a process, or what commands of the user's own prepare
 * and release. Commands are lists of arguments that no shell reads, so that a name which a stranger gave cannot become one.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { environmentVariable } from '../../configuration/endpoint.js';

/** What stands in braces in an argument and is put in for each world. */
export const PLACEHOLDERS = ['program', 'world', 'folder', 'port', 'here'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** A word in braces. JSON in an argument has none: its names are quoted. */
export const IN_BRACES = /\{([a-z]+)\}/g;

const seconds = (most: number) => z.number().positive('seconds, above 0').max(most, `seconds, ${most} at most`);
const portNumber = z.int().min(1).max(65_535);
const path = z.string().min(1, 'a path').refine((text) => !text.includes('\0'), 'a path without a zero byte'); // prettier-ignore

const argument = z
  .string()
  .max(4096, '4096 characters at most')
  .refine((text) => !text.includes('\0'), 'an argument without a zero byte')
  .refine((text) => [...text.matchAll(IN_BRACES)].every(([, name]) => (PLACEHOLDERS as readonly string[]).includes(name!)), {
    error: `accepted in braces: ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`,
  })
  .refine((text) => text === '{program}' || !text.includes('{program}'), {
    error: '{program} is made of a name that a stranger gave: accepted as a whole argument alone',
  });

const command = z
  .array(argument, 'a list of arguments, such as [python3, "{here}/server.py", --port, "{port}"]; no shell reads it')
  .min(1, 'a list of arguments: the program first')
  .max(256, '256 arguments at most')
  .refine(([program]) => program !== '' && program !== '{program}', 'the program to start comes first');

/** Names of kinds stand in headers. `none` asks for no resource. */
const KIND_NAME = /^(?!none$)[A-Za-z0-9._-]{1,60}$/;

const timed = z.strictObject({ command, withinS: seconds(3600).default(60) });

const kind = z
  .strictObject({
    /** Worlds of this kind that there may be at once, those being prepared and reclaimed included. */
    limit: z.int().positive().max(65_536).default(16),
    /** A folder of its own: empty, or a copy of one that was warmed before. */
    folder: z.union([z.literal(true), z.strictObject({ from: path })], 'accepted: true, or { from: FOLDER }').optional(),
    /** A port of its own: one of a range that nobody listens on. */
    port: z.strictObject({ from: portNumber, to: portNumber }).optional(),
    /** Run once the folder and the port are there; JSON that it prints is told to the program. */
    prepare: timed.optional(),
    /** A process that runs until the program's end. */
    start: z
      .strictObject({
        command,
        /** When it is there: its port is open, it has written a line that has this text, or this file is in its folder. At once without. */
        ready: z
          .union(
            [
              z.literal('port'),
              z.strictObject({ line: z.string().min(1).max(1000) }),
              z.strictObject({
                file: z.string().regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]{1,255}$/, 'a path within its folder'),
              }),
            ],
            'accepted: port, { line: TEXT } or { file: PATH }',
          )
          .optional(),
        readyWithinS: seconds(3600).default(30),
      })
      .optional(),
    /** Run at the end, and again until it ends with status 0: also for what is gone already. */
    release: timed.optional(),
    /** Names of the gateway's environment variables that its commands and processes are given. */
    env: z.array(environmentVariable).default([]),
    /** A program that is silent for so long loses its world, and is given a new one with its next call. */
    idleS: seconds(864_000).optional(),
    /** How long its processes have to end before they are killed. */
    graceS: z.number().min(0).max(600).default(5),
  })
  .refine(
    ({ folder, port, prepare, start }) => folder !== undefined || port !== undefined || prepare !== undefined || start !== undefined,
    {
      error: 'it prepares nothing; accepted: one or more of folder, port, prepare, start',
    },
  ) // prettier-ignore
  .refine(({ port }) => port === undefined || port.from <= port.to, { path: ['port'], error: 'accepted: from at most to' })
  .refine(({ port, limit }) => port === undefined || port.from > port.to || port.to - port.from + 1 >= limit, {
    path: ['port'],
    error: 'accepted: a port for each of the worlds that `limit` allows',
  })
  .refine(({ start, port }) => start?.ready !== 'port' || port !== undefined, {
    path: ['start', 'ready'],
    error: 'it has no port; accepted: port beside start, or { line: TEXT }',
  })
  .refine(({ start, folder }) => typeof start?.ready !== 'object' || !('file' in start.ready) || folder !== undefined, {
    path: ['start', 'ready'],
    error: 'it has no folder; accepted: folder beside start, or { line: TEXT }',
  })
  .superRefine((value, context) => {
    for (const step of ['prepare', 'start', 'release'] as const)
      for (const needed of ['folder', 'port'] as const)
        if (value[needed] === undefined && value[step]?.command.some((text) => text.includes(`{${needed}}`)))
          context.addIssue({ code: 'custom', path: [step, 'command'], message: `{${needed}} stands in it; accepted with ${needed} beside it` }); // prettier-ignore
  });

export const resourcesSection = z
  .strictObject({
    /** Where worlds' folders and the journal of what is not reclaimed lie. It is the gateway's own. */
    folder: path,
    kinds: z
      .record(z.string(), kind)
      .refine((kinds) => Object.keys(kinds).length > 0, 'at least one kind is expected')
      .refine((kinds) => Object.keys(kinds).every((name) => KIND_NAME.test(name)), {
        error: 'a kind\'s name is letters, digits, ".", "_" and "-", 60 at most; not "none"',
      }),
    /** The kind of programs that ask for none. */
    default: z.string().optional(),
    /** Worlds that are prepared at once; as many are reclaimed at once. */
    atOnce: z.int().positive().max(256).default(4),
    /** Worlds that may stand ready, or be prepared, for programs of which no call was admitted yet. */
    ahead: z.int().min(0).max(65_536).default(16),
    /** How often a world's preparation is tried for one program, and its reclamation before that is told. */
    attempts: z.int().positive().max(100).default(3),
  })
  .refine(({ kinds, default: named }) => named === undefined || Object.hasOwn(kinds, named), {
    path: ['default'],
    error: 'accepted: the name of one of the kinds',
  });

export type KindSettings = z.infer<typeof kind>;
export type Ready = NonNullable<NonNullable<KindSettings['start']>['ready']>;

/** The section with paths from the root of the file system. */
export type ResourceSettings = z.infer<typeof resourcesSection> & {
  /** The folder of the gateway's file: what `{here}` stands for. */
  here: string;
};

/** The section as it holds where its file lies. @param here the folder that paths in it are seen from */
export function locatedResources(section: z.infer<typeof resourcesSection>, here: string): ResourceSettings {
  const kinds = Object.entries(section.kinds).map(([name, { folder, ...rest }]) => {
    if (folder === undefined) return [name, rest] as const;
    return [name, { ...rest, folder: folder === true ? folder : { from: resolve(here, folder.from) } }] as const;
  });
  return { ...section, here: resolve(here), folder: resolve(here, section.folder), kinds: Object.fromEntries(kinds) };
}
