/** The style sheet's colours, for what is drawn on a canvas; read anew when the system's light or dark setting changes, and for paper. */

export interface Theme {
  seats: string[];
  seatShades: string[];
  text: string;
  muted: string;
  line: string;
  stageTop: string;
  stageBottom: string;
  floor: string;
  outline: string;
  startup: string;
  active: string;
  recovery: string;
  hurt: string;
  index: string;
  bid: string;
  ask: string;
}

let current: Theme | undefined;
const listeners = new Set<() => void>();

function read(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    seats: [color('seat-0'), color('seat-1'), color('seat-2'), color('seat-3')],
    seatShades: [color('seat-0-shade'), color('seat-1-shade')],
    text: color('text'),
    muted: color('muted'),
    line: color('line'),
    stageTop: color('stage-top'),
    stageBottom: color('stage-bottom'),
    floor: color('stage-floor'),
    outline: color('stage-outline'),
    startup: color('startup'),
    active: color('active'),
    recovery: color('recovery'),
    hurt: color('hurt'),
    index: color('index'),
    bid: color('bid'),
    ask: color('ask'),
  };
}

export function theme(): Theme {
  return (current ??= read());
}

/** Calls back after the theme has changed. @returns how to stop. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether who watches has asked for less motion: what shakes or flashes then stands still. */
export const isCalm = (): boolean => calm.matches;

const calm = matchMedia('(prefers-reduced-motion: reduce)');
for (const query of [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print'), calm])
  query.addEventListener('change', () => {
    current = undefined;
    for (const listener of listeners) listener();
  });
