// Regions that overlap and nest, cut into pieces of one block of text that can be written one after another.

export const LANES = 3;

// entries: with start, end and number, in the order of the text. Pieces: {start, end, covers: [{entry, lane}]}, outer
// regions first.
export const segmentsOf = (start, end, entries) => {
  const inside = entries.filter((entry) => entry.start < end && entry.end > start);
  const cuts = new Set([start, end]);
  for (const entry of inside) {
    cuts.add(Math.max(entry.start, start));
    cuts.add(Math.min(entry.end, end));
  }
  const places = [...cuts].sort((one, other) => one - other);
  const lanes = lanesOf(inside);
  const pieces = [];
  let active = [];
  let next = 0;
  for (let place = 0; place < places.length - 1; place += 1) {
    const from = places[place];
    active = active.filter((entry) => entry.end > from);
    while (next < inside.length && Math.max(inside[next].start, start) === from) active.push(inside[next++]);
    const covers = active.map((entry) => ({ entry, lane: lanes.get(entry) }));
    pieces.push({ start: from, end: places[place + 1], covers });
  }
  return pieces;
};

// The lowest free lane for each, so that regions that touch the same piece keep lines of their own.
const lanesOf = (entries) => {
  const lanes = new Map();
  const ends = [];
  for (const entry of entries) {
    let lane = ends.findIndex((end) => end <= entry.start);
    if (lane < 0) lane = ends.length;
    ends[lane] = entry.end;
    lanes.set(entry, lane);
  }
  return lanes;
};
