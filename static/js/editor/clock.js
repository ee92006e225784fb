// Seconds that somebody worked here: the page in sight, and something done within the last minute.

const IDLE_MS = 60_000;

export class Clock {
  constructor(now = () => performance.now()) {
    this.now = now;
    this.counted = 0;
    this.last = now();
    this.active = now();
  }

  // Call at every sign of work and, for what lies between, now and then.
  tick(isWork) {
    const now = this.now();
    const until = Math.min(now, this.active + IDLE_MS);
    if (until > this.last) this.counted += until - this.last;
    this.last = now;
    if (isWork) this.active = now;
  }

  pause() {
    this.tick(false);
    this.active = -Infinity;
  }

  get seconds() {
    return Math.round(this.counted / 100) / 10;
  }

  // What was told to the server need not be told again.
  forget(seconds) {
    this.counted -= seconds * 1000;
  }
}
