// Words, as the browser's own rules cut them: no text is only blanks between ASCII letters.

const AROUND = 300;
const LONGEST = 100;
const words = new Intl.Segmenter(undefined, { granularity: "word" });
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const isPair = (text, place) => /[\udc00-\udfff]/.test(text[place] || "") && /[\ud800-\udbff]/.test(text[place - 1] || "");

// A piece of the text around a place: cut where no pair is torn.
const cut = (text, place) => (isPair(text, place) ? place - 1 : place);

const segmentAt = (text, place) => {
  const from = cut(text, Math.max(0, place - AROUND));
  const found = words.segment(text.slice(from, place + AROUND)).containing(place - from);
  return found && { start: from + found.index, end: from + found.index + found.segment.length, isWord: found.isWordLike };
};

// start..end without blanks at either side, grown to whole words; null where only blanks were chosen.
export const wholeWords = (text, start, end) => {
  while (start < end && /\s/.test(text[start])) start += 1;
  while (end > start && /\s/.test(text[end - 1])) end -= 1;
  if (start === end) return null;
  const first = segmentAt(text, start);
  const last = segmentAt(text, end - 1);
  return { start: first?.isWord ? Math.min(first.start, start) : start, end: last?.isWord ? Math.max(last.end, end) : end };
};

// The word at a place, null between words.
export const wordAt = (text, place) => {
  for (const spot of [place, place - 1]) {
    const found = spot >= 0 && spot < text.length && segmentAt(text, spot);
    if (found && found.isWord) return { start: found.start, end: found.end };
  }
  return null;
};

// The next place where a character, as people see it, begins or ends. direction: 1 or -1.
export const nextCharacter = (text, place, direction) => {
  if (direction > 0) {
    const [first] = graphemes.segment(text.slice(place, place + LONGEST));
    return place + (first?.segment.length ?? 0);
  }
  const from = cut(text, Math.max(0, place - LONGEST));
  return from + ([...graphemes.segment(text.slice(from, place))].at(-1)?.index ?? 0);
};

// The next end (forwards) or beginning (backwards) of a word.
export const nextWord = (text, place, direction) => {
  let spot = place;
  while (direction > 0 ? spot < text.length : spot > 0) {
    const found = segmentAt(text, direction > 0 ? spot : spot - 1);
    if (!found) break;
    spot = direction > 0 ? found.end : found.start;
    if (found.isWord) break;
  }
  return spot;
};

// All places where the same characters stand, whole words only where the given place is one.
export const equalPlaces = (text, start, end) => {
  const wanted = text.slice(start, end);
  const whole = wholeWords(text, start, end);
  const asWords = whole && whole.start === start && whole.end === end;
  const places = [];
  for (let place = text.indexOf(wanted); place >= 0; place = text.indexOf(wanted, place + wanted.length)) {
    const last = place + wanted.length;
    const around = asWords && wholeWords(text, place, last);
    if (!around || (around.start === place && around.end === last)) places.push({ start: place, end: last });
  }
  return places;
};
