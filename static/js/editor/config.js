// What the Labeling Config lets people say.

export class Config {
  constructor(given) {
    Object.assign(this, given);
    this.byName = new Map(this.labels.map((label) => [`${label.control} ${label.value}`, label]));
    this.others = new Map(this.other_labels.map((label) => [`${label.control} ${label.value}`, label]));
    this.statuses = this.labels.filter((label) => label.assertion);
    this.perRegion = this.choices.filter((control) => control.per_region);
    this.forText = this.choices.filter((control) => !control.per_region);
  }

  label(control, value) {
    return this.byName.get(`${control} ${value}`);
  }

  isStatus = (control, value) => Boolean(this.label(control, value)?.assertion);

  colour(control, value) {
    return (this.label(control, value) || this.others.get(`${control} ${value}`))?.colour ?? 0;
  }

  // Names of the relations that may go from a region with these labels to one with those.
  relationsBetween(from, to) {
    return this.relations.filter(({ allowed }) => {
      if (!allowed.length) return true;
      return allowed.some((pair) => {
        const both = pair.includes("<>");
        const [left, right] = pair.split(both ? "<>" : ">").map((name) => name.trim());
        const fits = (first, second) => from.includes(first) && to.includes(second);
        return fits(left, right) || (both && fits(right, left));
      });
    });
  }
}
