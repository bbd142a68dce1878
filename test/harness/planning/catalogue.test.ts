import { expect } from 'chai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../harness/host/root.js';
import { catalogueJsonSchema, linkBetween, loadCatalogue, SHIPPED_CATALOGUE } from '../../../harness/planning/catalogue.js';

const shipped = readFileSync(join(packageRoot(), SHIPPED_CATALOGUE), 'utf8');

describe('the catalogue of hardware', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-catalogue-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What is said of a catalogue in which one piece of text stands in place of another. */
  const refused = (from: string, to: string): string => {
    expect(shipped).to.include(from);
    const path = join(folder, 'catalogue.yaml');
    writeFileSync(path, shipped.replace(from, to));
    try {
      loadCatalogue(path);
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing';
  };

  it('that ships calls every price an assumption, and tells when and where each is from', () => {
    const { devices } = loadCatalogue();
    expect(Object.keys(devices)).to.include.members(['A100-80G-SXM', 'H100-SXM', 'B200-SXM', 'CPU-server']);
    for (const [name, { price, figures }] of Object.entries(devices)) {
      expect(price.is, name).to.equal('assumed');
      expect(price.date, name).to.match(/^20/);
      expect(figures.from.length, name).to.be.greaterThan(5);
    }
  });

  it('says what is wrong, where, and what is accepted', () => {
    expect(refused('bandwidthGigabytesPerSecond: 2039', 'bandwidthGigabytesPerSecond: -1')).to.match(/devices\.A100-80G-SXM\.bandwidthGigabytesPerSecond/);
    expect(refused('is: data sheet', 'is: heard')).to.match(/figures\.is: accepted are data sheet, measured, quoted/);
    expect(refused("date: '2026-11-30'", 'date: yesterday')).to.match(/price\.date: a day as YYYY-MM-DD/);
    expect(refused('between: [B200-SXM, B200-SXM]', 'between: [B200-SXM, B300]')).to.match(/links\.0\.between: no device "B300"; accepted: any, A100/);
    expect(refused('year: 2020', 'years: 2020')).to.match(/devices\.A100-80G-SXM.*\n?.*no such key "years"; accepted: /);
    expect(() => loadCatalogue(join(folder, 'none.yaml'))).to.throw(/none\.yaml/);
  }); // prettier-ignore

  it('has a JSON Schema that takes it, and refuses what the program refuses', () => {
    const validate = new Ajv2020({ strict: false }).compile(catalogueJsonSchema() as object);
    expect(validate(parse(shipped)), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate(parse(shipped.replace('is: data sheet', 'is: heard')))).to.equal(false);
    expect(validate(parse(shipped.replace('year: 2020', 'years: 2020')))).to.equal(false);
  });

  it('finds the first link that fits, whichever end is named first', () => {
    const catalogue = loadCatalogue();
    expect(linkBetween(catalogue, 'H100-SXM', 'H100-SXM')!.gigabytesPerSecond).to.equal(450);
    expect(linkBetween(catalogue, 'L4', 'H100-SXM')).to.equal(linkBetween(catalogue, 'H100-SXM', 'L4'));
    expect(linkBetween({ ...catalogue, links: [] }, 'L4', 'L4')).to.equal(undefined);
  });
});
