// The panels of the Face lab: what the face does, who it is, how it is seen.

/**
 * What a synthetic face shows: a neutral one has no intensity, and units of one's own are no emotion's.
 * @param {Record<string, any>} state
 */
const expressed = ({ emotion, intensity, units }) => (units ? `your own units × ${number(intensity)}` : emotion === "neutral" ? emotion : `${emotion} at ${number(intensity)}`);

/** What the face does: the emotion's recipe, the intensity, and every unit. */
function expressionPanel(stage, told, move, now) {
  const emotions = Object.keys(told.emotions);
  const chips = choice("Emotion", emotions, (emotion) => move({ emotion, way: 1, units: null }));
  const another = el("button.button", { type: "button", onclick: () => move({ way: (stage.state.way % told.emotions[stage.state.emotion]) + 1, units: null }) });
  const back = el("button.button", { type: "button", text: "Back to the recipe", onclick: () => move({ units: null }) });
  chips.node.append(another, back);
  const intensity = dial({ name: "Intensity of all units", ends: told.ranges.intensity, step: 0.01, show: fixed(2), read: () => stage.state.intensity, write: (value) => move({ intensity: value }) });
  const named = (unit) => [`${unit}`, `${unit}L`, `${unit}R`].find((name) => name in now.units) ?? `${unit}`;
  const unitDial = ([unit, plain, name]) => dial({
    name: plain, hint: `${name}, AU ${unit}`, ends: [0, 1.5], step: 0.01,
    show: (value) => `${number(value)}${value && named(unit).endsWith("L") ? " left" : ""}`,
    read: () => now.units[named(unit)] ?? 0,
    write: (value) => {
      const units = { ...now.units, [named(unit)]: value };
      now.units = Object.fromEntries(Object.entries(units).filter(([, strength]) => strength > 0));
      move({ units: now.units });
    },
  });
  const groups = Object.entries(told.units).map(([title, rows]) => ({ title, dials: rows.map(unitDial) }));
  const units = groups.flatMap((group) => group.dials);
  const list = ({ title, dials }) => [el("h5.sub", { text: title }), ...dials.map((one) => one.node)];
  const node = el("div.panel", {}, chips.node, intensity.node,
    fold("Every unit", el("div.units", {}, el("div", {}, ...groups.slice(0, -1).flatMap(list)), el("div", {}, ...groups.slice(-1).flatMap(list)))),
    el("p.note.help", { text: "The number is the action unit of FACS. Strengths are for intensity 1; above 1 is caricature." }));
  return {
    node,
    draw() {
      const { emotion, way, units: own } = stage.state;
      chips.draw(own ? "" : emotion);
      another.hidden = told.emotions[emotion] < 2;
      another.textContent = `Another way (${way} of ${told.emotions[emotion]})`;
      back.hidden = !own;
      [intensity, ...units].forEach((one) => one.draw());
    },
  };
}

/** Who it is: the generator's parameters. */
function personPanel(stage, told, move, now) {
  const other = el("button.button", { type: "button", text: "Another person", onclick: () => move({ seed: stage.state.seed + 1, age: null, gender: null, ethnicity: null }) });
  const own = el("button.button", { type: "button", text: "Back to this person's own", onclick: () => move({ age: null, gender: null, ethnicity: null }) });
  const value = (name) => stage.state[name] ?? now.person[name];
  const age = dial({ name: "Age", ends: [10, 90], step: 1, show: fixed(0, " years"), read: () => value("age"), write: (age) => move({ age }) });
  const gender = dial({ name: "Gender: 0 male, 1 female", ends: [0, 1], step: 0.01, show: fixed(2), read: () => value("gender"), write: (gender) => move({ gender }) });
  const share = (name, place) => dial({
    name, ends: [0, 1], step: 0.01, show: (part) => `${Math.round(100 * part)} %`, read: () => value("ethnicity")[place],
    write: (part) => move({ ethnicity: shares(value("ethnicity"), place, part) }),
  });
  const parts = ["African", "Asian", "Caucasian"].map(share);
  const node = el("div.panel", {}, el("div.choice", {}, other, own), age.node, gender.node, el("h5.sub", { text: "Ethnicity: shares of MakeHuman's three shapes" }), ...parts.map((one) => one.node),
    el("p.note", { text: "These are parameters of the generator, with its words: they say what was drawn, and nothing about real people. Skin and hair follow the shares, with this person's own luck." }));
  return {
    node,
    draw() {
      own.hidden = ["age", "gender", "ethnicity"].every((name) => stage.state[name] === null);
      [age, gender, ...parts].forEach((one) => one.draw());
    },
  };
}

/** Three shares of which one was moved: the others keep their proportion, and the sum stays 1. */
function shares(old, place, part) {
  const rest = 1 - old[place];
  const next = old.map((share, at) => (at === place ? part : rest > 1e-6 ? (share * (1 - part)) / rest : (1 - part) / 2));
  return next.map((share) => Math.round(share * 1e4) / 1e4);
}

/** How it is seen: pose, light, cover. */
function scenePanel(stage, told, move) {
  const make = (name, field, step, show) => dial({ name, ends: told.ranges[field], step, show, read: () => stage.state[field], write: (value) => move({ [field]: value }) });
  const degrees = fixed(0, "°");
  const pose = [make("Yaw: turned to the side", "yaw", 1, degrees), make("Pitch: up and down", "pitch", 1, degrees), make("Roll: leaning", "roll", 1, degrees)];
  const light = [make("Light from left or right", "light", 1, degrees), make("Light from below or above", "height", 1, degrees), make("Direct light, 0 soft to 1 hard", "direct", 0.01, fixed(2))];
  const covers = choice("Cover", told.covers, (cover) => move({ cover }));
  const places = [make("Cover to the left or right", "cover_x", 0.01, fixed(2)), make("Cover down or up", "cover_y", 0.01, fixed(2))];
  const node = el("div.panel", {}, el("h5.sub", { text: "Head" }), ...pose.map((one) => one.node), el("h5.sub", { text: "Light" }), ...light.map((one) => one.node),
    el("h5.sub", { text: "Cover" }), covers.node, ...places.map((one) => one.node),
    el("p.note", { text: "Covers are stiff and hide what lies below: there the truth is zero. The picture is exposed for the face." }));
  return {
    node,
    draw() {
      covers.draw(stage.state.cover);
      places.forEach((one) => { one.node.hidden = !["hand", "patch"].includes(stage.state.cover); });
      [...pose, ...light, ...places].forEach((one) => one.draw());
    },
  };
}
