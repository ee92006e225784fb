// Code points, as stored and sent, and UTF-16 units, as this browser counts: turned into each other here and only here.

export class Offsets {
  constructor(text) {
    this.text = text;
    // UTF-16 offsets of the characters beyond the basic plane.
    this.pairs = [];
    for (const match of text.matchAll(/[\u{10000}-\u{10ffff}]/gu)) this.pairs.push(match.index);
  }

  // Code points to UTF-16 units.
  units(points) {
    return points + this.#count((place) => this.pairs[place] - place < points);
  }

  // UTF-16 units to code points; a place between the halves of a pair counts as its beginning.
  points(units) {
    return units - this.#count((place) => this.pairs[place] < units);
  }

  // A region as stored, with start and end in UTF-16 units.
  arrived(region) {
    return this.#turned(region, (offset) => this.units(offset));
  }

  // A region of this browser as it is sent.
  sent(region) {
    return this.#turned(region, (offset) => this.points(offset));
  }

  #turned(region, turn) {
    const value = region.value;
    if (!Number.isInteger(value?.start) || !Number.isInteger(value?.end)) return region;
    return { ...region, value: { ...value, start: turn(value.start), end: turn(value.end) } };
  }

  // How many pairs, from the first on, fulfil it.
  #count(fulfils) {
    let low = 0;
    let high = this.pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (fulfils(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
