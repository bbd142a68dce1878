import { expect } from 'chai';
import { idleKeys } from '../../../fpx/formats/idle-keys.js';
import type { Format } from '../../../fpx/formats/precision.js';

const idle = (units: Record<string, Format>): string[] => idleKeys({ default: 'fp8', units }, 2).map(({ key, why }) => `${key} ${why}`);

describe('keys that do nothing', () => {
  it('are none where each gives a unit its format', () => {
    expect(idle({ 'layers.*.down': 'fp4', 'layers.1.*': 'bf16', 'layers.1.o': 'fp8' })).to.deep.equal([]);
  });

  it('name a layer that the model lacks', () => {
    expect(idle({ 'layers.2.o': 'fp4', 'layers.1.o': 'fp4', 'layers.10.*': 'fp4' })).to.deep.equal([
      'layers.2.o names nothing',
      'layers.10.* names nothing',
    ]);
  });

  it('are shadowed by more specific ones', () => {
    const units: Record<string, Format> = { 'layers.*.down': 'fp4', 'layers.0.down': 'bf16', 'layers.1.*': 'bf16' };
    expect(idle(units)).to.deep.equal(['layers.*.down shadowed']);
    expect(idle({ ...units, 'layers.0.*': 'fp8', 'layers.*.*': 'fp4' })).to.deep.equal(['layers.*.down shadowed', 'layers.*.* shadowed']);
  });

  it('say what holds anyway', () => {
    expect(idle({ 'layers.*.*': 'fp8' })).to.deep.equal(['layers.*.* changes nothing']);
    expect(idle({ 'layers.0.*': 'fp4', 'layers.0.qkv': 'fp4' })).to.deep.equal(['layers.0.qkv changes nothing']);
  });
});
