// Twins: pictures in a row with the baseline's answers below each, and the audit over many people in the same columns.

export default explorer((stage) => {
  let told = null;
  let view = null;
  let running = false;
  let built = "";
  let cells = null;
  const { readout } = stage;
  const grid = el("div.twins");
  const controls = el("div.setting");
  const audit = el("button.button.audit", { type: "button", onclick: () => toggle() });
  const status = el("span.status", { role: "status" });
  const chart = stage.canvas({ label: "The audit", aspect: "auto", paint: paintChart });
  const numbers = el("div.twins.numbers");
  const follows = el("p.note.help");
  const limits = el("p.note.help", { text: "What this shows: within a pair of twins nothing differs but the property and what the generator lets follow from it, so the difference is caused by it: a causal audit of this model on the generator's parameters. What it does not show: anything about groups of real people. The generator's shapes and colours are blends of a few models, and the baseline was trained on photographs. Each interval is for one comparison, over people drawn by the generator." });
  const pieces = {};
  stage.body.append(controls, grid, el("div.choice", {}, audit, status), chart, numbers, follows, limits);

  function build() {
    const emotions = choice("Emotion", told.labels, (emotion) => move({ emotion, way: 1 }));
    const vary = choice("The twins differ in", Object.values(told.vary), (name) => move({ vary: Object.keys(told.vary).find((one) => told.vary[one] === name), reference: 0 }));
    const intensity = dial({ name: "Intensity", ends: [0, 1], step: 0.01, show: fixed(2), read: () => stage.state.intensity, write: (value) => move({ intensity: value }) });
    const other = el("button.button", { type: "button", text: "Another person", onclick: () => move({ seed: stage.state.seed + 1 }) });
    Object.assign(pieces, { emotions, vary, intensity });
    controls.replaceChildren(el("h5.sub", { text: "Expression" }), emotions.node, intensity.node, el("h5.sub", { text: "The twins differ in" }), vary.node, other);
  }

  const move = (changes) => {
    running = false;
    stage.ask({ ...changes, people: 0 });
  };
  const shellPreset = stage.preset;
  stage.preset = (place) => {
    running = false;  // what an audit asks next would take all its people anew, for other twins
    shellPreset(place);
  };
  const toggle = () => {
    running = !running;
    if (running) stage.ask({ people: view.people >= told.audit ? 0 : view.people + 1 });
    stage.repaint();
  };

  /** The grid for these versions: pictures, captions, the top label, and a row of numbers for each label. */
  function lay() {
    built = view.versions.join("|");
    const each = (make) => view.versions.map((version, place) => make(version, place));
    cells = {
      pictures: each((version, place) => {
        const node = stage.canvas({ label: `Twin: ${version}`, kind: "canvas.twin", paint: (context, width, height) => {
          if (!view?.pictures[place]) return;
          context.imageSmoothingQuality = "high";
          context.drawImage(view.pictures[place], 0, 0, width, height);
        } });
        return node;
      }),
      names: each((version, place) => el("button.version", { type: "button", "aria-pressed": "false", title: "Compare the others with this twin", text: version, onclick: () => stage.ask({ reference: place }) })),
      tops: each(() => el("div.toplabel")),
      numbers: told.labels.map(() => each(() => el("div.share", {}, el("i"), el("span")))),
      shifts: [el("b"), el("b"), el("b")].map(() => each(() => el("div.shift"))),
    };
    cells.pictures.forEach((node, place) => { node.onclick = () => stage.ask({ reference: place }); });
    const row = (title, nodes, label = "") => {
      const all = [el("div.rowname", { text: title }), ...nodes];
      if (label) all.forEach((node) => { node.dataset.label = label; });
      return all;
    };
    grid.style.setProperty("--twins", view.versions.length);
    numbers.style.setProperty("--twins", view.versions.length);
    grid.replaceChildren(...row("", cells.pictures), ...row("", cells.names), ...row("label", cells.tops), ...told.labels.flatMap((label, at) => row(label, cells.numbers[at], label)));
    numbers.replaceChildren(...["mean", "difference", "other label"].flatMap((title, at) => row(title, cells.shifts[at])));
  }

  const signed = (value) => (value === null ? "–" : `${value >= 0 ? "+" : ""}${number(value)}`);

  function fill() {
    const { reference, emotion } = stage.state;
    // beside an audit only the label that it is about: all of it must be seen at once
    for (const cell of grid.querySelectorAll("[data-label]")) cell.hidden = view.people > 1 && cell.dataset.label !== emotion;
    view.versions.forEach((version, place) => {
      const row = view.probability[place];
      const top = row.indexOf(Math.max(...row));
      cells.names[place].setAttribute("aria-pressed", String(place === reference));
      cells.names[place].textContent = version;
      cells.tops[place].replaceChildren(el("b", { text: `${told.labels[top]} ${number(row[top])}` }));
      cells.pictures[place].setAttribute("aria-label", `Twin: ${version}. Label: ${told.labels[top]} ${number(row[top])}`);
      row.forEach((value, at) => {
        const cell = cells.numbers[at][place];
        cell.firstChild.style.setProperty("--share", value);
        cell.lastChild.textContent = number(value);
        cell.classList.toggle("fv-mine", told.labels[at] === emotion);
      });
      const shift = view.shifts[place];
      const own = place === reference;
      cells.shifts[0][place].textContent = view.people ? number(shift.mean ?? NaN) : "";
      cells.shifts[1][place].textContent = !view.people ? "" : own ? "reference" : `${signed(shift.difference)}${shift.low === null ? "" : ` [${signed(shift.low)}, ${signed(shift.high)}]`}`;
      cells.shifts[2][place].textContent = !view.people || own ? "" : `${shift.other} of ${view.people}`;
    });
  }

  /** Mean differences with their intervals, below the twins they belong to. */
  function paintChart(context, width, height) {
    if (!view || view.people < 2) return;
    const { colours } = stage;
    const ends = view.shifts.flatMap((shift) => [shift.low, shift.high]).map(Math.abs);
    const limit = [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1].find((step) => step >= Math.max(...ends)) ?? 1;
    const size = colours.size * 0.86;
    const pad = size;
    const up = (value) => height / 2 - (value / limit) * (height / 2 - pad);
    const box = chart.getBoundingClientRect();
    const columns = cells.pictures.map((node) => node.getBoundingClientRect()).map((at) => [at.left - box.left, at.width]);
    context.font = `${size}px ${colours.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of [-limit, 0, limit]) {
      context.fillStyle = context.strokeStyle = colours.quiet;
      context.lineWidth = value ? 0.5 : 1;
      context.fillText(value ? signed(value) : "0", columns[0][0] - 8, up(value));
      context.beginPath();
      context.moveTo(columns[0][0], up(value));
      context.lineTo(width, up(value));
      context.stroke();
    }
    view.shifts.forEach((shift, place) => {
      const x = columns[place][0] + columns[place][1] / 2;
      const own = place === stage.state.reference;
      context.strokeStyle = context.fillStyle = own ? colours.quiet : colours.bar;
      context.lineWidth = 2.5;
      if (!own) {
        context.beginPath();
        context.moveTo(x, up(shift.low));
        context.lineTo(x, up(shift.high));
        for (const end of [shift.low, shift.high]) {
          context.moveTo(x - 7, up(end));
          context.lineTo(x + 7, up(end));
        }
        context.stroke();
      }
      context.beginPath();
      context.arc(x, up(own ? 0 : shift.difference), 5, 0, 7);
      context.fill();
    });
  }

  return {
    picture(sheet) {
      told = sheet;
      build();
    },
    answer(answer) {
      const pictures = answer.images.map((bytes) => toImage(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), answer.side));
      view = { ...answer, pictures };
      if (!running || stage.state.people !== view.people) return;  // an older answer: the newest wish is on its way
      if (view.people >= told.audit) running = false;
      else stage.ask({ people: view.people + 1 });
    },
    draw() {
      if (!view || !told) return;
      if (built !== view.versions.join("|")) lay();
      const { emotion, vary, reference, intensity } = stage.state;
      pieces.emotions.draw(emotion);
      pieces.vary.draw(told.vary[vary]);
      pieces.intensity.draw();
      const tops = new Set(view.probability.map((row) => row.indexOf(Math.max(...row))));
      readout.replaceChildren(el("b", { text: tops.size === 1 ? "one label" : `${tops.size} labels` }), ` for ${view.versions.length} twins`,
        el("span.quiet", { text: ` all show ${emotion === "neutral" ? emotion : `${emotion} at ${number(intensity)}`}; they differ in ${told.vary[vary]}` }));
      follows.textContent = `${told.follows[vary]} A label is the word that annotators would choose for the picture, not what a person feels.`;
      audit.textContent = running ? "Stop" : view.people >= told.audit ? "Audit again" : view.people ? "Go on" : `Audit over ${told.audit} people`;
      const done = view.people >= told.audit ? `n = ${view.people} people` : running ? `${view.people} of ${told.audit} people so far` : `a part of the audit, ${view.people} of ${told.audit} people`;
      status.textContent = view.people ? `${done}, paired: the probability of ${emotion} against “${view.versions[reference] ?? ""}”, mean difference and 95 % bootstrap interval` : "The same twins for other people, one after the other.";
      chart.hidden = view.people < 2;
      numbers.hidden = !view.people;
      chart.setAttribute("aria-label", `The audit: ${view.versions.map((version, place) => `${version} ${signed(view.shifts[place].difference)}`).join(", ")}`);
      fill();
    },
    keys: {
      n: () => move({ seed: stage.state.seed + 1 }),
      e: () => move({ emotion: told.labels[(told.labels.indexOf(stage.state.emotion) + 1) % told.labels.length], way: 1 }),
      "+": () => move({ intensity: clamp(Math.round(100 * stage.state.intensity + 5) / 100, 0, 1) }),
      "=": () => move({ intensity: clamp(Math.round(100 * stage.state.intensity + 5) / 100, 0, 1) }),
      "-": () => move({ intensity: clamp(Math.round(100 * stage.state.intensity - 5) / 100, 0, 1) }),
      a: () => toggle(),
    },
  };
});
