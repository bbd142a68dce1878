/**
 * The catalogue of hardware: what each device has (memory, bandwidth, arithmetic by format), what an hour of it costs, and how devices
 * are joined. A file that people copy and edit: every figure says where it is from, and whether it is an assumption still to be checked.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, explain, readYaml, TELLING_KEYS } from '../configuration/configuration.js';
import { packageRoot } from '../host/root.js';

const above0 = z.number().positive();

/** Where a figure is from. `assumed`: nobody looked it up or measured it, and it is to be checked before money is spent on it. */
const origin = z.strictObject({
  is: z.enum(['data sheet', 'measured', 'quoted', 'assumed'], {
    error: 'accepted are data sheet, measured, quoted (a price that somebody asked for) and assumed',
  }),
  from: z.string().min(1, 'where the figure is from, in words'),
});
export type Origin = z.infer<typeof origin>;

const day = z.iso.date('a day as YYYY-MM-DD, in quotation marks');

const deviceSchema = z.strictObject({
  kind: z.enum(['accelerator', 'cpu', 'engine']),
  /** In which it came out: by which older and newer are told. */
  year: z.int().min(1990).max(2100),
  memoryGigabytes: above0,
  bandwidthGigabytesPerSecond: above0,
  /** Dense 10^12 operations a second, by the format that is multiplied in. A format that is not there is read and multiplied as bf16. */
  teraflops: z.strictObject({ bf16: above0, fp8: above0.optional(), fp4: above0.optional(), 'fp4-tensor': above0.optional() }),
  figures: origin,
  /** In the catalogue's currency. A price changes: the day that it is of belongs to it. */
  price: z.strictObject({ anHour: z.number().min(0), date: day, ...origin.shape }),
});
export type Device = z.infer<typeof deviceSchema>;

const linkSchema = z.strictObject({
  /** Two devices' names (a device and itself: two machines of it), or `any`. The first link that fits counts. */
  between: z.tuple([z.string(), z.string()]),
  gigabytesPerSecond: above0,
  latencyUs: z.number().min(0),
  dollarsPerGigabyte: z.number().min(0).default(0),
  figures: origin,
});
export type Link = z.infer<typeof linkSchema>;

export const catalogueSchema = z.strictObject({
  tickbench: z.literal('catalogue.v1'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'three letters, such as USD'),
  devices: z
    .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$/, 'letters, digits, ".", "_" and "-", 30 at most'), deviceSchema)
    .refine((devices) => Object.keys(devices).length > 0, 'at least one device'),
  links: z.array(linkSchema).default([]),
});
export type Catalogue = z.output<typeof catalogueSchema>;

/** The catalogue that ships with the project. */
export const SHIPPED_CATALOGUE = join('harness', 'planning', 'catalogue.yaml');

/** Reads a catalogue; the shipped one unless a path is given. @throws ConfigurationError naming the key and what is accepted there */
export function loadCatalogue(path = join(packageRoot(), SHIPPED_CATALOGUE)): Catalogue {
  const parsed = catalogueSchema.safeParse(readYaml(path), TELLING_KEYS);
  if (!parsed.success) throw new ConfigurationError(`${path} is no catalogue of hardware:\n${explain(parsed.error)}`);
  const { devices, links } = parsed.data;
  for (const [i, { between }] of links.entries())
    for (const name of between)
      if (name !== 'any' && !Object.hasOwn(devices, name))
        throw new ConfigurationError(`${path}: links.${i}.between: no device "${name}"; accepted: any, ${Object.keys(devices).join(', ')}`);
  return parsed.data;
}

/** A device by its name; undefined where the catalogue has none of it, such as one whose times a requirement tells itself. */
export function deviceOf({ devices }: Pick<Catalogue, 'devices'>, name: string): Device | undefined {
  return Object.hasOwn(devices, name) ? devices[name] : undefined;
}

/** A device by its name. @throws ConfigurationError naming those that there are */
export function deviceNamed(catalogue: Catalogue, name: string, where: string): Device {
  const device = deviceOf(catalogue, name);
  if (!device)
    throw new ConfigurationError(`${where}: no device "${name}" in the catalogue; accepted: ${Object.keys(catalogue.devices).join(', ')}`);
  return device;
}

/** How two devices are joined; undefined where the catalogue does not say. Between a stage and the next on one device nothing is sent. */
export function linkBetween({ links }: Catalogue, a: string, b: string): Link | undefined {
  const fits = (name: string, end: string): boolean => end === 'any' || end === name;
  return links.find(({ between: [x, y] }) => (fits(a, x) && fits(b, y)) || (fits(a, y) && fits(b, x)));
}

/** The catalogue's form for other programs. */
export function catalogueJsonSchema(): unknown {
  return z.toJSONSchema(catalogueSchema, { io: 'input' });
}
