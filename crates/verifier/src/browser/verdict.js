// What a check can come to: VERIFIED, NOT VERIFIED with a code, or CANNOT TELL.

/** Thrown by a check that does not hold; `check` in `steps` catches it. */
export class Stop extends Error {
  constructor(word, code, reason, next) {
    super(reason);
    Object.assign(this, { word, code, reason, next });
  }
}

/** A check was made and did not hold. */
export function notVerified(code, reason, next) {
  throw new Stop('NOT VERIFIED', code, reason, next);
}

/** A check could not be made. */
export function cannotTell(reason, next) {
  throw new Stop('CANNOT TELL', 15, reason, next);
}

/** The steps of a check, up to the first that does not hold. */
export class Steps {
  constructor() {
    this.list = [];
  }

  /** Makes one check, which gives what it found, or that it was `passedOver`. */
  async take(name, check) {
    const step = { number: this.list.length + 1, name, found: '', holds: false, isPassed: false };
    this.list.push(step);
    try {
      const found = await check();
      Object.assign(step, typeof found === 'string' ? { found } : found, { holds: true });
    } catch (error) {
      step.found = error instanceof Stop ? error.reason : String(error);
      throw error;
    }
  }
}

/** What a check gives that had nothing to look at, or that is not made here. */
export function passedOver(found) {
  return { found, isPassed: true };
}

/** Makes a report of `make(steps)`, which ends in silence or in a Stop; any other error is a gap of ours. */
export async function reported(make) {
  const steps = new Steps();
  const report = { word: 'VERIFIED', code: 0, reason: '', next: '', steps: steps.list };
  try {
    await make(steps);
  } catch (error) {
    const next = 'try plenary verify or the shell script, and tell the makers of this page';
    const stop = error instanceof Stop ? error : new Stop('CANNOT TELL', 15, `this page stopped early: ${error}`, next);
    Object.assign(report, { word: stop.word, code: stop.code, reason: stop.reason, next: stop.next });
  }
  return report;
}
