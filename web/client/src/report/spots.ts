/** The points of a chart by keyboard: one of them is reached by Tab, the others by arrow keys, and Escape hides what is told. */

/** Makes a chart's points one stop of the keyboard. */
export function walkable(group: HTMLElement): void {
  const spots = [...group.querySelectorAll<HTMLElement>('.spot')];
  for (const [i, spot] of spots.entries()) {
    spot.tabIndex = i === 0 ? 0 : -1;
    spot.addEventListener('keydown', (event) => {
      const to = targetOf(event.key, i, spots.length);
      if (event.key === 'Escape') spot.classList.add('hushed');
      if (to === undefined) return;
      event.preventDefault();
      for (const each of spots) each.tabIndex = -1;
      spots[to]!.tabIndex = 0;
      spots[to]!.focus();
    });
    for (const leaving of ['blur', 'pointerleave'] as const) spot.addEventListener(leaving, () => spot.classList.remove('hushed'));
  }
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') for (const spot of spots) if (spot.matches(':hover')) spot.classList.add('hushed');
  });
}

/** Which of so many points a key leads to from one; undefined where it leads nowhere. */
export function targetOf(key: string, i: number, count: number): number | undefined {
  if (key === 'ArrowRight' || key === 'ArrowDown') return (i + 1) % count;
  if (key === 'ArrowLeft' || key === 'ArrowUp') return (i + count - 1) % count;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}
