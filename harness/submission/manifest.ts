/** What a bundle says of itself: who submits what, played by which plan, and which traces show it. Signed as the bytes it is. */
import { z } from 'zod';
import { priceText } from '../configuration/price.js';
import { PUBLIC_KEY } from './keys.js';
import { plainLine } from './words.js';

/** The name of a configuration or a bot in tables. */
const entrantName = plainLine(80);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/, 'letters, digits, ".", "_" and "-", 61 at most');

/** SHA-256 in hexadecimal. */
export const sha256Text = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hexadecimal digits');

/** Fewest seeds on which an entry is played. */
export const LEAST_SEEDS = 5;
/** Most entries and most traces of a bundle. */
const MOST_ENTRIES = 128;
const MOST_TRACES = 20_000;
/** Characters of a configuration as JSON. */
const MOST_CONFIGURATION = 65_536;

/** What a submitter says of an entry. Claims all of it: nothing here can be seen in a trace. */
export const aboutSchema = z.strictObject({
  model: plainLine(120).optional(),
  size: plainLine(20).optional(),
  precision: plainLine(80).optional(),
  engine: plainLine(80).optional(),
  kernel: plainLine(80).optional(),
  hardware: plainLine(160).optional(),
  price: priceText.optional(),
  notes: plainLine(400).optional(),
});

export type About = z.infer<typeof aboutSchema>;

/**
 * Why a match of a plan is played: see harness/sweep/cells.ts. The winner's wall-clock confirmation is no part of a bundle: who wins depends on
 * who else played, and part of its latency is injected.
 */
export const purposes = ['measure', 'patient'] as const;
export type Purpose = (typeof purposes)[number];

const traceSchema = z.strictObject({
  seed: z.int().min(0),
  purpose: z.enum(purposes),
  /** Of the trace's file as it is in the bundle. */
  hash: sha256Text,
});

const entrySchema = z.strictObject({
  task: word,
  name: entrantName,
  kind: z.enum(['model', 'bot']),
  about: aboutSchema,
  /** The seat's configuration as its traces have it, whatever was learnt when its agent came left out. */
  configuration: z
    .json()
    .refine((value) => JSON.stringify(value).length <= MOST_CONFIGURATION, `at most ${MOST_CONFIGURATION} characters as JSON`),
  traces: z.array(traceSchema).min(1, 'at least one trace').max(MOST_TRACES),
});

export const manifestSchema = z.strictObject({
  tickbench: z.literal('bundle.v1', { error: 'a bundle of another form; accepted: bundle.v1' }),
  submitter: z.strictObject({ name: plainLine(60), contact: plainLine(120).optional() }),
  key: z.string().regex(PUBLIC_KEY, 'a public key as tickbench keys prints it, ed25519:...'),
  /** The version of the program that made it. */
  program: plainLine(40),
  madeAt: z.iso.datetime(),
  plan: z.strictObject({
    name: word,
    /** Each task as it was planned: what `termsOf` gives (terms.ts). */
    tasks: z.record(word, z.record(z.string(), z.json())),
  }),
  entries: z
    .array(entrySchema)
    .min(1, 'at least one entry')
    .max(MOST_ENTRIES)
    .superRefine((entries, context) => {
      const seen = new Map<string, string>();
      const names = new Set<string>();
      for (const { task, name, traces } of entries) {
        const own = `${task} ${name}`;
        if (names.has(own)) context.addIssue({ code: 'custom', message: `${own} is there twice` });
        names.add(own);
        for (const { hash, seed, purpose } of traces) {
          const place = `${own}, ${purpose} on seed ${seed}`;
          const before = seen.get(hash);
          if (before !== undefined) context.addIssue({ code: 'custom', message: `the same trace is given for ${before} and for ${place}` });
          seen.set(hash, place);
        }
      }
      if (seen.size > MOST_TRACES) context.addIssue({ code: 'custom', message: `${seen.size} traces; at most ${MOST_TRACES} are taken` });
    }),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestEntry = Manifest['entries'][number];
