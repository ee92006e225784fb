// What people do, as lists of changes. Nothing here touches the page; offsets are UTF-16 units.

import { asideKey, choicesOf, grouped, isRelation, isSpan, labelsOf, newId, NOTE, regionKey } from "./regions.js";

// A model's region that a person changed says so from then on, and keeps where it came from.
const touched = (region) => (region.origin === "prediction" ? { ...region, origin: "prediction-changed" } : region);
const parts = (group) => [group.region, ...group.statuses, ...group.choices];

export class Edits {
  constructor(regions, config, text) {
    Object.assign(this, { regions, config, text });
  }

  span(start, end) {
    return { start, end, text: this.text.slice(start, end) };
  }

  add(start, end, label) {
    const region = {
      id: newId(), from_name: label.control, to_name: label.to, source: this.config.source, type: "labels",
      value: { ...this.span(start, end), labels: [label.value] }, origin: "manual",
    };
    return [this.regions.change(regionKey(region), region)];
  }

  remove(group) {
    const ids = parts(group).map((region) => String(region.id));
    const joined = this.regions.relations.filter((one) => ids.includes(String(one.from_id)) || ids.includes(String(one.to_id)));
    return [...parts(group), ...joined].map((region) => this.regions.change(regionKey(region), null));
  }

  resize(group, start, end) {
    return parts(group).map((region) => {
      const after = { ...touched(region), value: { ...region.value, ...this.span(start, end) } };
      return this.regions.change(regionKey(region), after);
    });
  }

  relabel(group, label) {
    const region = group.region;
    const had = labelsOf(region);
    let labels = [label.value];
    if (label.multiple && region.from_name === label.control) {
      // What the config has no longer goes with any change.
      const kept = had.filter((name) => name !== label.value && this.config.label(label.control, name));
      labels = had.includes(label.value) && kept.length ? kept : [...kept, label.value];
    }
    if (region.from_name === label.control && labels.join() === had.join()) return [];
    const after = { ...touched(region), from_name: label.control, to_name: label.to, value: { ...region.value, labels } };
    return this.#replaced(region, after);
  }

  #replaced(before, after) {
    const gone = regionKey(before) === regionKey(after) ? [] : [this.regions.change(regionKey(before), null)];
    return [...gone, this.regions.change(regionKey(after), after)];
  }

  // label: one of the config's statuses, null for none.
  status(group, label) {
    const [first, ...more] = group.statuses;
    const removed = more.map((status) => this.regions.change(regionKey(status), null));
    if (!label) return first ? [this.regions.change(regionKey(first), null), ...removed] : [];
    if (first) {
      const value = { ...first.value, labels: [label.value] };
      return [...this.#replaced(first, { ...touched(first), from_name: label.control, to_name: label.to, value }), ...removed];
    }
    const { start, end } = group.region.value;
    const [added] = this.add(start, end, label);
    return [{ ...added, after: { ...added.after, parentID: group.region.id } }];
  }

  nextStatus(group) {
    const now = group.statuses[0];
    const place = now ? this.config.statuses.indexOf(this.config.label(now.from_name, labelsOf(now)[0])) : -1;
    return this.config.statuses[place + 1] || null;
  }

  // The answer of one Choices control about the whole text (group null) or about one region.
  answer(control, group = null) {
    const fits = (region) => region.type === "choices" && region.from_name === control.control;
    if (group) return group.choices.find(fits) || null;
    return this.regions.result.find((region) => fits(region) && !isSpan(region)) || null;
  }

  choose(control, values, group = null) {
    const before = this.answer(control, group);
    if (!values.length) return before ? [this.regions.change(regionKey(before), null)] : [];
    const place = group ? this.span(group.region.value.start, group.region.value.end) : {};
    const made = {
      id: group ? group.region.id : newId(), from_name: control.control, to_name: control.to, source: this.config.source,
      type: "choices", value: {}, origin: "manual",
    };
    const after = { ...touched(before || made), value: { ...(before || made).value, ...place, choices: values } };
    if (before && choicesOf(before).join("|") === values.join("|")) return [];
    return [this.regions.change(regionKey(after), after)];
  }

  regionNote(group, words) {
    const { meta = {}, ...rest } = group.region;
    const { text, ...more } = meta;
    const kept = words ? { ...more, text: [words] } : more;
    if ((text || []).join("\n") === words) return [];
    const after = Object.keys(kept).length ? { ...rest, meta: kept } : rest;
    return [this.regions.change(regionKey(after), after)];
  }

  note(words) {
    return this.regions.note === words ? [] : [this.regions.change(NOTE, words || null)];
  }

  relate(from, to, relation) {
    const labels = relation ? [relation.value] : [];
    const made = { from_id: String(from.id), to_id: String(to.id), type: "relation", direction: "right", labels };
    return this.regions.items.has(regionKey(made)) ? [] : [this.regions.change(regionKey(made), made)];
  }

  unrelate(relation) {
    return [this.regions.change(regionKey(relation), null)];
  }

  // Copies of a prediction's groups, or of its answers about the whole text (as groups without statuses).
  // origin: of the groups' regions.
  copy(prediction, groups, origin = "prediction") {
    const changes = [];
    const taken = new Set(this.regions.items.keys());
    for (const group of groups) {
      const clash = parts(group).some((region) => taken.has(regionKey(region)));
      const id = clash ? newId() : group.region.id;
      for (const region of parts(group)) {
        const own = region.id === group.region.id ? id : clash ? newId() : region.id;
        const parent = region.parentID === undefined ? {} : { parentID: region.parentID === group.region.id ? id : region.parentID };
        // A text may have had another name when this was predicted.
        const to_name = this.config.texts.get(region.from_name) ?? region.to_name;
        const copied = {
          ...region, ...parent, to_name, id: own, origin: region === group.region ? origin : "prediction", prediction: prediction.id,
          prediction_region: String(region.id), model_version: region.model_version ?? prediction.model_version,
        };
        taken.add(regionKey(copied));
        changes.push(this.regions.change(regionKey(copied), copied));
      }
      changes.push(...this.#backFromAside(prediction, group));
    }
    return changes;
  }

  // Relations of the prediction whose both ends are copied by now.
  copyRelations(prediction, changes) {
    const ids = new Map();
    for (const region of [...this.regions.result, ...changes.map(({ after }) => after)]) {
      if (region?.prediction === prediction.id) ids.set(region.prediction_region, region.id);
    }
    return prediction.result.filter(isRelation).flatMap((relation) => {
      const [from_id, to_id] = [ids.get(String(relation.from_id)), ids.get(String(relation.to_id))];
      if (from_id === undefined || to_id === undefined) return [];
      const copied = { ...relation, from_id, to_id };
      return this.regions.items.has(regionKey(copied)) ? [] : [this.regions.change(regionKey(copied), copied)];
    });
  }

  // A group of a prediction with another label, to be copied.
  labelled(group, label) {
    const value = { ...group.region.value, labels: [label.value] };
    return { ...group, region: { ...group.region, from_name: label.control, value } };
  }

  // Without these regions, with what is said of them.
  leaveOut(regions) {
    const gone = new Set(regions);
    for (const group of grouped(this.regions.result, this.config.kindOf)) {
      if (gone.has(group.region)) for (const region of parts(group)) gone.add(region);
    }
    const ids = new Set([...gone].filter((region) => labelsOf(region).length).map(({ id }) => String(id)));
    for (const one of this.regions.relations) if (ids.has(String(one.from_id)) || ids.has(String(one.to_id))) gone.add(one);
    return [...this.regions.items].filter(([, item]) => gone.has(item)).map(([key]) => this.regions.change(key, null));
  }

  #backFromAside(prediction, group) {
    return parts(group)
      .map((region) => asideKey({ prediction: prediction.id, region: String(region.id) }))
      .filter((key) => this.regions.items.has(key))
      .map((key) => this.regions.change(key, null));
  }

  setAside(prediction, group) {
    return parts(group).map((region) => {
      const aside = { prediction: prediction.id, region: String(region.id) };
      return this.regions.change(asideKey(aside), aside);
    });
  }
}
