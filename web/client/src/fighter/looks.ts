/**
 * How the three characters look: proportions, colours and dress, so that they are told apart by their outline alone. Whose fighter it is
 * stands in the seat's own colour (belt, band, ribbons, the ring on the floor); two of the same character also wear other clothes.
 * Lengths are pixels of the world.
 */

export interface Palette {
  skin: string;
  hair: string;
  /** Clothes on the body, on the legs, and their edges. */
  top: string;
  legs: string;
  trim: string;
  /** Hands and feet. */
  gloves: string;
  boots: string;
}

/** Half-widths of an arm or a leg at its upper end, its joint, its lower end, and the hand or foot. */
interface LimbShape {
  bone: number;
  upper: number;
  joint: number;
  lower: number;
  end: number;
}

export interface Look {
  /** Height of the hip, length of the trunk, distance of the head: as shares of the drawn poses. */
  legs: number;
  trunk: number;
  neck: number;
  /** Radius of the head, half-width of shoulders, waist and hips. */
  head: number;
  shoulders: number;
  waist: number;
  hips: number;
  arm: LimbShape;
  leg: LimbShape;
  dress: 'jacket' | 'harness' | 'ribbons';
  /** One's own colours, and those worn against oneself. */
  palettes: readonly [Palette, Palette];
}

const ASH: Look = {
  legs: 1,
  trunk: 1,
  neck: 1,
  head: 9,
  shoulders: 10.5,
  waist: 8,
  hips: 8,
  arm: { bone: 17.5, upper: 5, joint: 4.2, lower: 3.8, end: 5.4 },
  leg: { bone: 22.5, upper: 7.4, joint: 6.2, lower: 5, end: 4 },
  dress: 'jacket',
  palettes: [
    { skin: '#d99a6c', hair: '#3a2a26', top: '#e8e2d6', legs: '#f3efe6', trim: '#d2562b', gloves: '#d2562b', boots: '#a5583a' },
    { skin: '#d99a6c', hair: '#8f8579', top: '#3d4a5c', legs: '#4b596c', trim: '#e9c46a', gloves: '#e9c46a', boots: '#76839a' },
  ],
};

const BRAM: Look = {
  legs: 0.9,
  trunk: 1.1,
  neck: 1.02,
  head: 9,
  shoulders: 17,
  waist: 13.5,
  hips: 11.5,
  arm: { bone: 19, upper: 7.4, joint: 5.6, lower: 7.4, end: 8.2 },
  leg: { bone: 20.5, upper: 10, joint: 8, lower: 7, end: 5.6 },
  dress: 'harness',
  palettes: [
    { skin: '#b8764d', hair: '#5b2f1c', top: '#6e7f4a', legs: '#4d5836', trim: '#2f2418', gloves: '#9aa4b0', boots: '#6b4a30' },
    { skin: '#b8764d', hair: '#d8d3c8', top: '#8c3b3b', legs: '#5c2c31', trim: '#241a1a', gloves: '#c9a25b', boots: '#54413f' },
  ],
};

const KITE: Look = {
  legs: 1.12,
  trunk: 0.93,
  neck: 1.05,
  head: 7.6,
  shoulders: 7.6,
  waist: 4.8,
  hips: 6.2,
  arm: { bone: 18, upper: 3.4, joint: 2.9, lower: 2.6, end: 3.8 },
  leg: { bone: 24.5, upper: 5.6, joint: 4, lower: 3.2, end: 3.2 },
  dress: 'ribbons',
  palettes: [
    { skin: '#eac39b', hair: '#1f2430', top: '#f2b632', legs: '#2c3550', trim: '#fff3cf', gloves: '#f2b632', boots: '#f2b632' },
    { skin: '#eac39b', hair: '#efe7da', top: '#48b39a', legs: '#5a3a62', trim: '#e6fff8', gloves: '#48b39a', boots: '#48b39a' },
  ],
};

const LOOKS: Readonly<Record<string, Look>> = { ash: ASH, bram: BRAM, kite: KITE };

/** The look of a character; of one that is not known here, the first's. */
export function lookOf(character: string): Look {
  return LOOKS[character] ?? ASH;
}
